# The image holds one static program, the certificates it trusts and nothing
# else: no shell, no package manager, no root.
#
#   docker build --build-arg VERSION=v0.1.0 -t cocrouter .
#   docker run -p 127.0.0.1:8080:8080 \
#     -v ./etc:/etc/cocrouter:ro -v cocrouter-data:/var/lib/cocrouter cocrouter

FROM --platform=$BUILDPLATFORM golang:1.26-bookworm AS build
ARG VERSION=devel
ARG TARGETOS
ARG TARGETARCH
ARG OUT=/out
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# ci:build (.ci/run takes the one line below, without its RUN, and runs it)
RUN CGO_ENABLED=0 GOOS="$TARGETOS" GOARCH="$TARGETARCH" go build -trimpath -buildvcs=false -ldflags="-s -w -X main.version=$VERSION" -o "$OUT/cocrouter" ./cmd/cocrouter
# The folder for the database is made here, because an image without a shell
# cannot make it, and a volume mounted there takes over its owner.
RUN mkdir -p "$OUT/etc" "$OUT/data" \
 && echo 'cocrouter:x:65532:65532:cocrouter:/var/lib/cocrouter:/sbin/nologin' > "$OUT/etc/passwd" \
 && echo 'cocrouter:x:65532:' > "$OUT/etc/group"

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/etc/passwd /out/etc/group /etc/
COPY --from=build --chown=65532:65532 --chmod=0700 /out/data /var/lib/cocrouter
COPY --from=build /out/cocrouter /cocrouter
# The default database, sqlite:cocrouter.db, lies here.
WORKDIR /var/lib/cocrouter
VOLUME /var/lib/cocrouter
USER 65532:65532
# Elsewhere cocrouter listens on loopback only. A container's loopback reaches
# nobody, and the container's own network is the fence instead.
ENV COCROUTER_SERVER_ADDR=0.0.0.0:8080
EXPOSE 8080
ENTRYPOINT ["/cocrouter"]
CMD ["serve", "--config", "/etc/cocrouter/cocrouter.yml"]
