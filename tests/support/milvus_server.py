"""Serve milvus-lite on a port: ``python milvus_server.py FOLDER HOST PORT``.

Clients of Milvus send a ping every ten seconds. Milvus allows that; a server of gRPC that is not
told so ends the connection of a client that has been idle for a minute.
"""

import functools
import sys

import grpc
from milvus_lite.adapter.grpc.server import run_server

if __name__ == "__main__":
    folder, host, port = sys.argv[1:]
    make_server, any_number = grpc.server, ("grpc.http2.max_ping_strikes", 0)

    @functools.wraps(make_server)
    def make_patient_server(*arguments: object, options: tuple[object, ...]) -> grpc.Server:
        """Make a server that does not count pings."""
        return make_server(*arguments, options=[*options, any_number])

    grpc.server = make_patient_server
    run_server(folder, host, port=int(port))
