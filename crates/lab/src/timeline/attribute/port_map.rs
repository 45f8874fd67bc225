//! With a network between them, each side sees the network's addresses where
//! the other's should be. Here they are looked up.

use std::collections::HashMap;
use std::net::SocketAddr;

use super::super::event::Link;

/// The way that everything takes through the network.
pub struct PortMap {
    /// What the clients take for the server's address.
    pub front: SocketAddr,
    /// The server's own.
    pub server: SocketAddr,
    /// Whether datagrams take it.
    pub udp: bool,
    /// The client's address for each that the server sees.
    pub clients: HashMap<SocketAddr, SocketAddr>,
}

impl PortMap {
    pub fn new(front: SocketAddr, server: SocketAddr, udp: bool) -> PortMap {
        PortMap { front, server, udp, clients: HashMap::new() }
    }

    /// The link as it would be without the network; `None` for a peer that
    /// the network has not reported yet.
    pub fn direct(&self, link: Link, is_server: bool) -> Option<Link> {
        let peer = match link.peer {
            None => None,
            Some(peer) if is_server => Some(*self.clients.get(&peer)?),
            Some(peer) if peer == self.front => Some(self.server),
            peer => peer,
        };
        Some(Link { peer, ..link })
    }
}
