package evidence

import (
	"bufio"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"
)

const (
	// mostDecoded is what a picture may take in memory, in bytes: 26 million pixels
	// of the usual kind.
	mostDecoded = 100 << 20
	// mostFrames is how many a moving picture may have.
	mostFrames = 1000
	quality    = 92
)

// Redraw writes another file of what can be seen in a picture, upright, and without
// all else that was in it, and says of which kind that file is. open gives the
// picture from its start, each time that it is called. What is wrong with it is a
// Wrong, and then what was written is nothing.
//
// It holds up to about mostDecoded in memory, so that a caller does one at a time.
func Redraw(kind Kind, open func() (io.ReadCloser, error), to io.Writer) (Kind, error) {
	if kind == GIF {
		return GIF, redrawGIF(open, to)
	}
	heavy, err := weigh(kind, open)
	if err != nil {
		return "", err
	}
	if heavy > mostDecoded {
		return "", TooBig
	}
	turn := upright
	if kind == JPEG {
		if err := read(open, func(r io.Reader) error { turn = orientation(r); return nil }); err != nil {
			return "", err
		}
	}
	var drawn image.Image
	err = read(open, func(r io.Reader) (err error) {
		switch kind {
		case PNG:
			drawn, err = png.Decode(r)
		case JPEG:
			drawn, err = jpeg.Decode(r)
		case WebP:
			drawn, err = webp.Decode(r)
		default:
			err = errors.ErrUnsupported
		}
		return damaged(err)
	})
	if err != nil {
		return "", err
	}
	if turn != upright {
		drawn = turned{drawn, turn}
	}
	opaque, known := drawn.(interface{ Opaque() bool })
	if kind == JPEG || kind == WebP && (!known || opaque.Opaque()) {
		return JPEG, jpeg.Encode(to, drawn, &jpeg.Options{Quality: quality})
	}
	return PNG, png.Encode(to, drawn)
}

func read(open func() (io.ReadCloser, error), do func(io.Reader) error) error {
	r, err := open()
	if err != nil {
		return err
	}
	defer r.Close()
	return do(bufio.NewReaderSize(r, 64<<10))
}

// damaged is what a decoder says of a picture, apart from what reading it says.
func damaged(err error) error {
	var (
		inPNG      png.FormatError
		morePNG    png.UnsupportedError
		inJPEG     jpeg.FormatError
		moreInJPEG jpeg.UnsupportedError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &inPNG), errors.As(err, &morePNG), errors.As(err, &inJPEG), errors.As(err, &moreInJPEG),
		errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, errors.ErrUnsupported):
		return Damaged
	}
	// The decoders of WebP and GIF have no types for it. Reading our own store is
	// wrong in other words, which casework tells apart by asking again.
	return errors.Join(Damaged, err)
}

// weigh is how many bytes a picture takes when it is decoded, by what its beginning
// says.
func weigh(kind Kind, open func() (io.ReadCloser, error)) (int64, error) {
	var c image.Config
	err := read(open, func(r io.Reader) (err error) {
		switch kind {
		case PNG:
			c, err = png.DecodeConfig(r)
		case JPEG:
			c, err = jpeg.DecodeConfig(r)
		case WebP:
			c, err = webp.DecodeConfig(r)
		default:
			err = errors.ErrUnsupported
		}
		return damaged(err)
	})
	if err != nil {
		return 0, err
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > 1<<16 || c.Height > 1<<16 {
		return 0, TooBig
	}
	each := int64(4)
	switch c.ColorModel {
	case color.NRGBA64Model, color.RGBA64Model:
		each = 8
	}
	if kind == JPEG {
		gradual := false
		if err := read(open, func(r io.Reader) error { gradual = progressive(r); return nil }); err != nil {
			return 0, err
		}
		switch { // all of its coefficients are held, of every colour
		case gradual && c.ColorModel == color.CMYKModel:
			each = 16
		case gradual:
			each = 12
		}
	}
	return int64(c.Width) * int64(c.Height) * each, nil
}

// segments goes through what stands before the picture in a JPEG, until do says
// that it has seen enough, or something is there that is no segment: decoders skip
// that in ways of their own.
func segments(r io.Reader, do func(marker byte, body []byte) bool) {
	var two [2]byte
	if _, err := io.ReadFull(r, two[:]); err != nil {
		return
	}
	for range 1000 {
		if _, err := io.ReadFull(r, two[:]); err != nil || two[0] != 0xff {
			return
		}
		marker := two[1]
		for marker == 0xff {
			if _, err := io.ReadFull(r, two[:1]); err != nil {
				return
			}
			marker = two[0]
		}
		if marker < 0xc0 || marker >= 0xd0 && marker <= 0xda {
			return
		}
		if _, err := io.ReadFull(r, two[:]); err != nil {
			return
		}
		length := int(binary.BigEndian.Uint16(two[:])) - 2
		if length < 0 {
			return
		}
		body := make([]byte, length)
		if _, err := io.ReadFull(r, body); err != nil || do(marker, body) {
			return
		}
	}
}

// progressive reports whether a JPEG may be one that comes by and by: it is, unless its
// first frame was seen and is another.
func progressive(r io.Reader) bool {
	is := true
	segments(r, func(marker byte, _ []byte) bool {
		switch marker {
		case 0xc0, 0xc1:
			is = false
		case 0xc4, 0xc8, 0xcc: // no frames
			return false
		}
		return marker >= 0xc0 && marker <= 0xcf
	})
	return is
}

// upright is the orientation of a picture that is to be shown as it is. The others
// are those of EXIF, 2 to 8.
const upright = 1

// orientation is how a camera was held, by the one thing of its metadata that is
// needed to see the picture as it was meant.
func orientation(r io.Reader) (turn int) {
	turn = upright
	segments(r, func(marker byte, body []byte) bool {
		if marker != 0xe1 || len(body) < 14 || string(body[:6]) != "Exif\x00\x00" {
			return false
		}
		turn = orientationIn(body[6:])
		return true
	})
	return turn
}

func orientationIn(tiff []byte) int {
	var order binary.ByteOrder = binary.BigEndian
	if string(tiff[:2]) == "II" {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return upright
	}
	count := int64(order.Uint16(tiff[at:]))
	for n := range count {
		entry := at + 2 + 12*n
		if entry+12 > int64(len(tiff)) {
			break
		}
		if order.Uint16(tiff[entry:]) == 0x0112 {
			if turn := int(order.Uint16(tiff[entry+8:])); turn >= 1 && turn <= 8 {
				return turn
			}
			break
		}
	}
	return upright
}

// turned is a picture as its camera was held, without a second one in memory.
type turned struct {
	image.Image
	turn int
}

func (t turned) Bounds() image.Rectangle {
	b := t.Image.Bounds()
	if t.turn >= 5 {
		return image.Rect(0, 0, b.Dy(), b.Dx())
	}
	return image.Rect(0, 0, b.Dx(), b.Dy())
}

func (t turned) At(x, y int) color.Color {
	b := t.Image.Bounds()
	w, h := b.Dx()-1, b.Dy()-1
	switch t.turn {
	case 2:
		x = w - x
	case 3:
		x, y = w-x, h-y
	case 4:
		y = h - y
	case 5:
		x, y = y, x
	case 6:
		x, y = y, h-x
	case 7:
		x, y = w-y, h-x
	case 8:
		x, y = w-y, x
	}
	return t.Image.At(b.Min.X+x, b.Min.Y+y)
}

// redrawGIF keeps the movement and how long each picture is shown.
func redrawGIF(open func() (io.ReadCloser, error), to io.Writer) error {
	var pixels int64
	err := read(open, func(r io.Reader) (err error) {
		pixels, err = pixelsOfGIF(r)
		return err
	})
	if err != nil {
		return err
	}
	if pixels > mostDecoded {
		return TooBig
	}
	var drawn *gif.GIF
	err = read(open, func(r io.Reader) (err error) {
		drawn, err = gif.DecodeAll(r)
		return damaged(err)
	})
	if err != nil {
		return err
	}
	return gif.EncodeAll(to, drawn)
}

// pixelsOfGIF adds up the frames of a GIF without drawing any.
func pixelsOfGIF(r io.Reader) (pixels int64, err error) {
	b := bufio.NewReader(r)
	skip := func(n int) { // an error is met by whatever is read next
		if _, e := b.Discard(n); e != nil && err == nil {
			err = Damaged
		}
	}
	next := func() byte {
		c, e := b.ReadByte()
		if e != nil && err == nil {
			err = Damaged
		}
		return c
	}
	two := func() int64 { low := int64(next()); return low | int64(next())<<8 }
	blocks := func(first byte) {
		for n := first; n != 0 && err == nil; n = next() {
			skip(int(n))
		}
	}
	// What a decoder expects at a fixed place must be there: it goes by its own lengths,
	// and would find frames where this finds words.
	extension := func() {
		label, first := next(), next()
		ok := false
		switch label {
		case 0x01: // words over the picture
			ok = first == 12
		case 0xf9: // how long a frame is shown
			skip(4)
			ok, first = first == 4, next()
			ok = ok && first == 0
		case 0xfe: // words
			ok = true
		case 0xff: // of some program
			ok = first != 0
		}
		if !ok && err == nil {
			err = Damaged
		}
		blocks(first)
	}
	table := func(flags byte) {
		if flags&0x80 != 0 {
			skip(3 << (flags&7 + 1))
		}
	}
	skip(6)
	pixels = two() * two()
	flags := next()
	skip(2)
	table(flags)
	for frames := 0; err == nil; {
		switch next() {
		case 0x21:
			extension()
		case 0x2c:
			if frames++; frames > mostFrames {
				return 0, TooBig
			}
			skip(4)
			pixels += two() * two()
			table(next())
			next()
			blocks(next())
		case 0x3b:
			return pixels, err
		default:
			return 0, Damaged
		}
		if pixels > mostDecoded {
			return 0, TooBig
		}
	}
	return pixels, err
}
