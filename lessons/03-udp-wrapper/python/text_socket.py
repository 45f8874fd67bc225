"""A UDP socket that speaks text, as a class derived from Python's socket."""

import socket


class TextSocket(socket.socket):
    def __init__(self, coding="utf-8"):
        super().__init__(type=socket.SOCK_DGRAM)
        self.coding = coding

    def send_text(self, text, peer):
        return self.sendto(text.encode(self.coding), peer)

    def recv_text(self, room):
        datagram, peer = self.recvfrom(room)
        return datagram.decode(self.coding), peer
