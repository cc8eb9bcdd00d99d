// A client of Go's crypto/tls: one connection, pinned to one version of TLS.
//
//	go_client HOST:PORT SERVER_NAME VERSION
//
// Standard input is sent to the server, and the server's answer is written to
// standard output, until it closes the connection. Only net and crypto/tls, so
// that it is built in a moment and without a network.
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"os"
)

var versions = map[string]uint16{
	"TLSv1":   tls.VersionTLS10,
	"TLSv1.1": tls.VersionTLS11,
	"TLSv1.2": tls.VersionTLS12,
	"TLSv1.3": tls.VersionTLS13,
}

func fail(why interface{}) {
	fmt.Fprintln(os.Stderr, "go_client:", why)
	os.Exit(1)
}

func main() {
	if len(os.Args) != 4 || versions[os.Args[3]] == 0 {
		fail("usage: go_client HOST:PORT SERVER_NAME TLSv1|TLSv1.1|TLSv1.2|TLSv1.3")
	}
	version := versions[os.Args[3]]
	conn, err := tls.Dial("tcp", os.Args[1], &tls.Config{
		ServerName:         os.Args[2],
		MinVersion:         version,
		MaxVersion:         version,
		InsecureSkipVerify: true, // the server of a test signs for itself
	})
	if err != nil {
		fail(err)
	}
	go io.Copy(conn, os.Stdin)
	if _, err = io.Copy(os.Stdout, conn); err != nil {
		fail(err)
	}
}
