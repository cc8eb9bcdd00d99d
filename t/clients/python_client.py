"""A client of Python's ssl, one connection: python_client.py PORT SERVER_NAME. Standard input is sent
to the server of this machine, and its answer is written to standard output."""
import os
import socket
import ssl
import sys

context = ssl.create_default_context()
context.check_hostname = False  # the server of a test signs for itself
context.verify_mode = ssl.CERT_NONE
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as plain:
    with context.wrap_socket(plain, server_hostname=sys.argv[2]) as tls:
        tls.sendall(os.read(0, 65536))
        while data := tls.recv(65536):
            os.write(1, data)
