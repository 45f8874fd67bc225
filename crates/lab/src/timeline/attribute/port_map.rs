//! With a network between them, each side sees the network's ports where the
//! other's should be. Here they are looked up.

use std::collections::HashMap;

use super::super::event::Link;

/// The way that everything takes through the network.
pub struct PortMap {
    /// What the clients take for the server's port.
    pub front: u16,
    /// The server's own.
    pub server: u16,
    /// The client's port for each that the server sees.
    pub clients: HashMap<u16, u16>,
}

impl PortMap {
    pub fn new(front: u16, server: u16) -> PortMap {
        PortMap { front, server, clients: HashMap::new() }
    }

    /// The link as it would be without the network; `None` for a peer that
    /// the network has not reported yet.
    pub fn direct(&self, link: Link, is_server: bool) -> Option<Link> {
        let peer = match link.peer {
            0 => 0,
            peer if is_server => *self.clients.get(&peer)?,
            peer if peer == self.front => self.server,
            peer => peer,
        };
        Some(Link { peer, ..link })
    }
}
