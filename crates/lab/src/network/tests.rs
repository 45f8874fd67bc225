//! Networks between real sockets.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream, UdpSocket};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use testkit::{
    UdpPeer, accept, bind_udp, connect, listen, refusing, refusing_udp,
};

use super::fate::Odds;
use super::options::{TcpFaults, UdpFaults};
use super::*;
use crate::network::event::{Action, Direction, Fate};

fn start(
    faults: &Faults,
    server: SocketAddr,
    patient: bool,
) -> (Network, Receiver<NetworkEvent>) {
    let (sender, event) = channel();
    let tell = Box::new(move |action| {
        let _ = sender.send(action);
    });
    (Network::start(faults, server, patient, tell).unwrap(), event)
}

fn udp(odds: Odds) -> (Network, Receiver<NetworkEvent>, UdpPeer, UdpPeer) {
    udp_with(UdpFaults { odds, delay: Duration::ZERO, seed: 62 })
}

/// A network, its events, and a client's and a server's socket at its ends.
fn udp_with(
    faults: UdpFaults,
) -> (Network, Receiver<NetworkEvent>, UdpPeer, UdpPeer) {
    let (client, server) = (bind_udp(), bind_udp());
    let address = server.local_addr().unwrap();
    let (network, event) = start(&Faults::Udp(faults), address, false);
    client.connect(network.address()).unwrap();
    (network, event, client, server)
}

fn hear(socket: &UdpPeer) -> (String, SocketAddr) {
    let mut buffer = [0; 100];
    let (length, from) = socket.recv_from(&mut buffer).unwrap();
    (String::from_utf8_lossy(&buffer[..length]).into(), from)
}

/// A network with one TCP connection through it: the client's and the
/// server's end.
fn tcp(
    faults: TcpFaults,
) -> (Network, Receiver<NetworkEvent>, TcpStream, TcpStream) {
    let listener = listen();
    let address = listener.local_addr().unwrap();
    let (network, event) = start(&Faults::Tcp(faults), address, false);
    let client = connect(network.address());
    let server = accept(&listener);
    (network, event, client, server)
}

/// Reads to the end of the stream.
fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn datagrams_pass_both_ways() {
    let (_network, event, client, server) = udp(Odds::default());
    client.send(b"question").unwrap();
    let (question, from) = hear(&server);
    assert_eq!(question, "question");
    server.send_to(b"", from).unwrap();
    assert_eq!(hear(&client).0, "");

    let address = client.local_addr().unwrap();
    let actions: Vec<NetworkEvent> = event.try_iter().collect();
    assert!(actions.iter().all(|event| event.client == address), "{actions:?}");
    let fate = Fate::Passes { copies: 1, late: false };
    let actions: Vec<Action> =
        actions.iter().map(|event| event.action.clone()).collect();
    let (to, back) = (Direction::Server, Direction::Client);
    let head = b"question".to_vec();
    assert_eq!(
        actions,
        [
            Action::Pairs { back: from },
            Action::Takes { direction: to, len: 8, head, fate },
            Action::Passes { direction: to, place: 0 },
            Action::Takes { direction: back, len: 0, head: vec![], fate },
            Action::Passes { direction: back, place: 0 },
        ]
    );
}

#[test]
fn the_server_sees_as_many_peers_as_there_are_clients() {
    let (network, _told, one, server) = udp(Odds::default());
    let other = bind_udp();
    other.connect(network.address()).unwrap();
    one.send(b"one").unwrap();
    let first = hear(&server);
    other.send(b"other").unwrap();
    let second = hear(&server);
    assert_ne!(first.1, second.1);
    server.send_to(b"for other", second.1).unwrap();
    server.send_to(b"for one", first.1).unwrap();
    assert_eq!(hear(&one).0, "for one");
    assert_eq!(hear(&other).0, "for other");
}

#[test]
fn seed_62_loses_doubles_and_reorders() {
    let odds = Odds { loss: 0.3, duplicate: 0.2, reorder: 0.2 };
    for _ in 0..3 {
        let (_network, _told, client, server) = udp(odds);
        for message in ["1", "2", "3", "4", "5"] {
            client.send(message.as_bytes()).unwrap();
        }
        let received = [(); 5].map(|()| hear(&server).0);
        assert_eq!(received, ["1", "2", "5", "4", "5"]);
    }
}

#[test]
fn a_late_datagram_comes_even_if_none_overtakes_it() {
    let odds = Odds { reorder: 1.0, ..Odds::default() };
    let (network, _told, client, server) = udp(odds);
    client.send(b"late").unwrap();
    let started = Instant::now();
    while !network.holds() {
        assert!(started.elapsed() < testkit::DEADLINE, "it holds nothing");
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(hear(&server).0, "late");
}

#[test]
fn a_delay_holds_every_datagram_up() {
    let delay = Duration::from_millis(60);
    let (_network, _told, client, server) =
        udp_with(UdpFaults { delay, ..UdpFaults::default() });
    let started = Instant::now();
    client.send(b"question").unwrap();
    let (_, from) = hear(&server);
    assert!(started.elapsed() >= delay);
    server.send_to(b"answer", from).unwrap();
    hear(&client);
    assert!(started.elapsed() >= delay * 2);
}

#[test]
fn a_datagram_that_met_nobody_is_told_of() {
    let (_taken, nobody) = refusing_udp();
    let faults = Faults::Udp(UdpFaults::default());
    let (network, event) = start(&faults, nobody, false);
    let client = bind_udp();
    client.connect(network.address()).unwrap();
    client.send(b"anybody?").unwrap();
    let refused = |event: NetworkEvent| event.action == Action::MeetsNobody;
    let until = Instant::now() + testkit::DEADLINE;
    while !event.try_iter().any(refused) {
        assert!(Instant::now() < until, "nothing was told");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_stream_arrives_in_order_and_in_one_byte_pieces() {
    let fragment = Some(1);
    let (_network, _told, mut client, mut server) =
        tcp(TcpFaults { fragment, ..TcpFaults::default() });
    let bytes: Vec<u8> = (0..=255).collect();
    client.write_all(&bytes).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    // Half-closed: the answer still comes.
    let mut buffer = [0; 256];
    assert!(server.read(&mut buffer).unwrap() < 256);
    let more = rest(&mut server);
    assert_eq!(more.last(), Some(&255));
    server.write_all(b"answer").unwrap();
    drop(server);
    assert_eq!(rest(&mut client), b"answer");
}

#[test]
fn a_long_stream_comes_through_whole_though_nobody_reads_at_first() {
    let (_network, _told, client, mut server) = tcp(TcpFaults::default());
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    let copy = bytes.clone();
    let writer = thread::spawn(move || {
        let mut client = client;
        client.write_all(&copy).unwrap();
    });
    thread::sleep(Duration::from_millis(20));
    assert!(rest(&mut server) == bytes);
    writer.join().unwrap();
}

#[test]
fn each_piece_is_delayed_anew() {
    let faults = TcpFaults {
        fragment: Some(2),
        delay: Duration::from_millis(20),
        cut_after: None,
    };
    let (_network, _told, mut client, mut server) = tcp(faults);
    let started = Instant::now();
    client.write_all(b"abcdef").unwrap();
    drop(client);
    let mut pieces = Vec::new();
    let mut buffer = [0; 100];
    loop {
        match server.read(&mut buffer).unwrap() {
            0 => break,
            length => pieces.push(buffer[..length].to_vec()),
        }
    }
    assert!(started.elapsed() >= Duration::from_millis(60));
    assert_eq!(pieces.concat(), b"abcdef");
}

#[test]
fn a_connection_is_cut_after_its_bytes_both_ways_together() {
    let cut_after = Some(10);
    let (_network, event, mut client, mut server) =
        tcp(TcpFaults { cut_after, ..TcpFaults::default() });
    client.write_all(b"1234").unwrap();
    server.read_exact(&mut [0; 4]).unwrap();
    server.write_all(b"abcdefgh").unwrap();
    assert_eq!(rest(&mut client), b"abcdef");
    let cut = |event: NetworkEvent| event.action == Action::Cuts { after: 10 };
    assert!(event.try_iter().any(cut));
}

#[test]
fn a_reset_is_passed_on() {
    let (_network, _told, client, mut server) = tcp(TcpFaults::default());
    testkit::reset(client);
    let error = server.read(&mut [0; 10]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    let (_network, _told, mut client, server) = tcp(TcpFaults::default());
    testkit::reset(server);
    let error = client.read(&mut [0; 10]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

#[test]
fn a_server_that_is_not_there_is_a_reset() {
    let (_taken, nobody) = refusing();
    let faults = Faults::Tcp(TcpFaults::default());
    let (network, _told) = start(&faults, nobody, false);
    let mut client = connect(network.address());
    assert!(client.read(&mut [0; 10]).is_err());
}

#[test]
fn a_server_may_come_late_if_the_network_is_patient() {
    let (taken, address) = refusing();
    let faults = Faults::Tcp(TcpFaults::default());
    let (network, _told) = start(&faults, address, true);
    let mut client = connect(network.address());
    client.write_all(b"hello").unwrap();
    // The socket is bound already; now it listens.
    taken.listen(1).unwrap();
    let mut server = accept(&TcpListener::from(taken));
    drop(client);
    assert_eq!(rest(&mut server), b"hello");
}

#[test]
fn nothing_is_left_of_a_network_that_ended() {
    let (network, _told, mut client, mut server) = tcp(TcpFaults::default());
    let address = network.address();
    drop(network);
    assert!(rest(&mut client).is_empty());
    assert!(rest(&mut server).is_empty());
    assert!(TcpStream::connect(address).is_err());

    let (network, _told, client, _server) = udp(Odds::default());
    let address = network.address();
    drop(network);
    drop(client);
    assert!(UdpSocket::bind(address).is_ok());
}
