package githubsim

import (
	"net/http"
	"net/url"
	"time"
)

// As an Enterprise Server the Sim answers what github.com does, because every
// operation that it has is in the descriptions of the servers too, and differs
// where they differ: each answer and delivery names the release, nobody has a
// limit by the hour unless it was switched on, the delivery log is kept longer
// and a webhook may take longer, and collaborators are added without being
// asked.

// Enterprise is the release that Options asked for, empty for github.com.
func (s *Sim) Enterprise() string { return s.release }

// installedVersion is the release with the number of its patch.
func (s *Sim) installedVersion() string { return s.release + ".0" }

// deliveryTimeout is how long a webhook may take to be answered.
// https://docs.github.com/en/enterprise-server/webhooks/using-webhooks/handling-failed-webhook-deliveries
func (s *Sim) deliveryTimeout() time.Duration {
	if s.release != "" {
		return 30 * time.Second
	}
	return 10 * time.Second
}

// deliveryKept is how long the delivery log remembers.
func (s *Sim) deliveryKept() time.Duration {
	const day = 24 * time.Hour
	if s.release != "" {
		return 7 * day
	}
	return 3 * day
}

func (s *Sim) documentation() string {
	if s.release != "" {
		return "https://docs.github.com/enterprise-server@" + s.release + "/rest"
	}
	return documentation
}

func (s *Sim) host() string {
	u, err := url.Parse(s.url)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// meta tells anybody what this server is.
func (q *call) meta() (int, any, error) {
	f := fields{"verifiable_password_authentication": q.s.release != ""}
	if q.s.release != "" {
		f["installed_version"] = q.s.installedVersion()
	}
	return http.StatusOK, f, nil
}
