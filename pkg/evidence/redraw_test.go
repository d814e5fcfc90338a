package evidence_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/evidence"
)

// corner is red at its top left and blue elsewhere, 32 wide and 16 high.
func corner() *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, 32, 16))
	for x := range 32 {
		for y := range 16 {
			c := color.NRGBA{0, 0, 255, 255}
			if x < 8 && y < 8 {
				c = color.NRGBA{255, 0, 0, 255}
			}
			m.Set(x, y, c)
		}
	}
	return m
}

// photographed is a JPEG that tells where it was taken and how the camera was held.
func photographed(t *testing.T, turn byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, corner(), nil); err != nil {
		t.Fatal(err)
	}
	exif := "Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00" + string([]byte{turn, 0, 0, 0}) + "\x00\x00\x00\x00GPS heliotrope street 7"
	length := binary.BigEndian.AppendUint16(nil, uint16(len(exif)+2))
	return append([]byte("\xff\xd8\xff\xe1"+string(length)+exif), b.Bytes()[2:]...)
}

func redraw(kind evidence.Kind, is []byte) (evidence.Kind, []byte, error) {
	var out bytes.Buffer
	got, err := evidence.Redraw(kind, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(is)), nil }, &out)
	return got, out.Bytes(), err
}

func TestPhotographTellsNothingButWhatIsSeen(t *testing.T) {
	t.Parallel()
	// Where the red corner is to be seen, by how the camera was held.
	for turn, at := range map[byte]image.Point{0: {2, 2}, 1: {2, 2}, 2: {29, 2}, 3: {29, 13}, 4: {2, 13}, 5: {2, 2}, 6: {13, 2}, 7: {13, 29}, 8: {2, 29}, 9: {2, 2}} {
		is := photographed(t, turn)
		kind, out, err := redraw(evidence.JPEG, is)
		if err != nil || kind != evidence.JPEG {
			t.Fatalf("%s, %v", kind, err)
		}
		if !bytes.Contains(is, []byte("heliotrope")) || bytes.Contains(out, []byte("heliotrope")) || bytes.Contains(out, []byte("Exif")) {
			t.Errorf("held as %d: it tells where", turn)
		}
		m, err := jpeg.Decode(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		if r, _, b, _ := m.At(at.X, at.Y).RGBA(); r < 0xc000 || b > 0x4000 {
			t.Errorf("held as %d: it is not upright, of %v", turn, m.Bounds())
		}
	}
}

func TestEveryPictureIsDrawnAnew(t *testing.T) {
	t.Parallel()
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, corner()); err != nil {
		t.Fatal(err)
	}
	is := drawn.Bytes()
	text := "tEXtComment\x00heliotrope"
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(text)-4))
	chunk = append(chunk, text...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE([]byte(text)))
	told := append(append(append([]byte{}, is[:33]...), chunk...), is[33:]...)
	told = append(told, "<script>heliotrope</script>"...)
	kind, out, err := redraw(evidence.PNG, told)
	if err != nil || kind != evidence.PNG || bytes.Contains(out, []byte("heliotrope")) {
		t.Errorf("a PNG: %s, %v", kind, err)
	}

	moving := &gif.GIF{Delay: []int{7, 9}}
	for range 2 {
		moving.Image = append(moving.Image, image.NewPaletted(image.Rect(0, 0, 4, 4), color.Palette{color.Black, color.White}))
	}
	drawn.Reset()
	if err := gif.EncodeAll(&drawn, moving); err != nil {
		t.Fatal(err)
	}
	is = drawn.Bytes()
	told = append(append([]byte{}, is[:len(is)-1]...), "\x21\xfe\x0aheliotrope\x00;heliotrope"...)
	kind, out, err = redraw(evidence.GIF, told)
	again, err2 := gif.DecodeAll(bytes.NewReader(out))
	if err != nil || err2 != nil || kind != evidence.GIF || bytes.Contains(out, []byte("heliotrope")) || len(again.Image) != 2 || again.Delay[1] != 9 {
		t.Errorf("a GIF: %s, %v, %v", kind, err, err2)
	}

	lossless, _ := base64.StdEncoding.DecodeString("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
	kind, out, err = redraw(evidence.WebP, lossless)
	if _, err2 := png.Decode(bytes.NewReader(out)); err != nil || kind != evidence.PNG || err2 != nil {
		t.Errorf("a WebP that can be seen through: %s, %v, %v", kind, err, err2)
	}
}

// header is the beginning of a PNG of that size.
func header(w, h uint32) []byte {
	ihdr := append([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)...)
	ihdr = append(ihdr, 8, 6, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), ihdr...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(ihdr))
}

func TestPictureThatWouldNotFitIsNotDecoded(t *testing.T) {
	t.Parallel()
	large := bytes.Clone(photographed(t, 1))
	at := bytes.Index(large, []byte("\xff\xc0"))
	binary.BigEndian.PutUint16(large[at+5:], 60000)
	binary.BigEndian.PutUint16(large[at+7:], 60000)
	gradual := bytes.Clone(photographed(t, 1))
	gradual[at+1] = 0xc2
	binary.BigEndian.PutUint16(gradual[at+5:], 4000)
	binary.BigEndian.PutUint16(gradual[at+7:], 3000)
	before := func(words string) string { return "\xff\xd8" + words + string(gradual[2:]) }
	// A mark of where to begin again has no length, and what stands behind it is not one.
	decoy := bytes.Repeat([]byte{0}, 65533)
	copy(decoy[0xffc2-19-4:], gradual[at:at+19])
	decoy[0xffc2-19-4+1] = 0xc0
	restarts := "\xff\xd8\xff\xd0" + string(gradual[at:at+19]) + "\xff\xfe\xff\xff" + string(decoy) + string(gradual[at+19:])
	print4 := bytes.Clone(gradual[:at]) // of four colours
	print4 = append(print4, "\xff\xc2\x00\x14\x08\x0a\x10\x0a\x10\x04\x01\x11\x00\x02\x11\x00\x03\x11\x00\x04\x11\x00\xff\xda\x00\x02"...)
	plain := bytes.Clone(gradual)
	plain[at+1] = 0xc0
	frame := "\x2c\x00\x00\x00\x00\x10\x27\x10\x27\x00\x02\x01\x00\x00"
	many := "GIF89a\x01\x00\x01\x00\x00\x00\x00"
	for name, c := range map[string]struct {
		kind evidence.Kind
		is   string
		want error
	}{
		"a PNG of four thousand million pixels":  {evidence.PNG, string(header(65535, 65535)), evidence.TooBig},
		"a PNG of no width":                      {evidence.PNG, string(header(0, 5)), evidence.Damaged},
		"a JPEG of four thousand million pixels": {evidence.JPEG, string(large), evidence.TooBig},
		"a JPEG that comes by and by":            {evidence.JPEG, string(gradual), evidence.TooBig},
		"one behind a stray byte":                {evidence.JPEG, before("\x00"), evidence.TooBig},
		"one behind a mark to begin again":       {evidence.JPEG, before("\xff\xd0"), evidence.TooBig},
		"one that hides behind such a mark":      {evidence.JPEG, restarts, evidence.TooBig},
		"one behind very many words":             {evidence.JPEG, before(strings.Repeat("\xff\xfe\x00\x02", 1001)), evidence.TooBig},
		"one of four colours":                    {evidence.JPEG, string(print4), evidence.TooBig},
		"a JPEG of that size that does not":      {evidence.JPEG, string(plain), evidence.Damaged},
		"a GIF with a large frame":               {evidence.GIF, many + strings.Repeat(frame, 2) + ";", evidence.TooBig},
		"a GIF of many frames":                   {evidence.GIF, many + strings.Repeat("\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x01\x00\x00", 1001) + ";", evidence.TooBig},
		"a GIF that is a program":                {evidence.GIF, "GIF89a/*<script>*/=1;alert(1)", evidence.Damaged},
		"a GIF that ends early":                  {evidence.GIF, many + frame[:12], evidence.Damaged},
		"a PNG that ends early":                  {evidence.PNG, string(header(5, 5)), evidence.Damaged},
		"a WebP that is none":                    {evidence.WebP, "RIFF\x00\x00\x00\x00WEBPVP8 ", evidence.Damaged},
		"a JPEG that is none":                    {evidence.JPEG, "\xff\xd8\xff\xe0\x00\x00", evidence.Damaged},
	} {
		if _, _, err := redraw(c.kind, []byte(c.is)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
