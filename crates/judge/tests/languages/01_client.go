// Lesson 01's client in Go.
package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"time"
	"unicode"
)

func main() {
	stream, err := net.DialTimeout("tcp", net.JoinHostPort(os.Args[1], os.Args[2]), 5*time.Second)
	if err != nil {
		fail(err)
	}
	stream.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := stream.Write([]byte("one piece")); err != nil {
		fail(err)
	}
	buffer := make([]byte, 1024)
	length, err := stream.Read(buffer)
	if err != nil {
		fail(err)
	}
	text := strings.ToValidUTF8(string(buffer[:length]), "\ufffd")
	for _, c := range text {
		if unicode.Is(unicode.C, c) || unicode.Is(unicode.Zl, c) || unicode.Is(unicode.Zp, c) {
			fmt.Printf("\\u%04x", c)
		} else {
			fmt.Printf("%c", c)
		}
	}
	fmt.Println()
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "error:", err)
	os.Exit(1)
}
