//! Lines as strace 6.1 wrote them, read.

use super::*;

const CLIENT: &str = "5<TCP:[127.0.0.1:5000->127.0.0.1:80]>";

fn read(lines: &[String]) -> Vec<Event> {
    let mut strace = Strace::default();
    let reports = lines.iter().flat_map(|line| strace.line(line));
    let mut events: Vec<Event> = reports
        .filter_map(|report| match report {
            Report::Event(event) => Some(*event),
            _ => None,
        })
        .collect();
    events.extend(strace.end());
    events
}

fn line(call: &str) -> String {
    format!("1795656999.154108 {call}")
}

fn address(port: u16) -> Option<SocketAddr> {
    Some(([127, 0, 0, 1], port).into())
}

#[test]
fn a_write_to_a_stream_is_a_send() {
    let call = r#", "\x6f\x6e\x65", 3) = 3 <0.000028>"#;
    let events = read(&[line(&format!("write({CLIENT}{call}"))]);
    let [event] = &events[..] else { panic!("{events:?}") };
    assert_eq!(event.op, Op::Sends);
    assert_eq!(event.link, Some(Link::new(false, address(5000), address(80))));
    assert_eq!((event.bytes.len, &event.bytes.head[..]), (3, &b"one"[..]));
    assert_eq!(event.began, 1_795_656_999_154_108_000);
    assert_eq!(event.took(), 28_000);
}

#[test]
fn a_call_without_its_end_waits() {
    let events = read(&[line(&format!("recvfrom({CLIENT}, "))]);
    let [event] = &events[..] else { panic!("{events:?}") };
    assert_eq!((&event.op, event.ended), (&Op::Receives, None));
}

#[test]
fn a_connect_takes_its_own_address_from_the_next_call() {
    let to = r#"{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("\x31\x32\x37\x2e\x30\x2e\x30\x2e\x31")}, 16)"#;
    for result in ["0", "-1 EINPROGRESS (Operation now in progress)"] {
        let events = read(&[
            line(&format!("connect(5<TCP:[22235995]>, {to} = {result} <0.1>")),
            line(&format!("read({CLIENT}, \"\", 65536) = 0 <0.000011>")),
        ]);
        let [connect, end] = &events[..] else { panic!("{events:?}") };
        assert_eq!(connect.op, Op::Connects);
        assert_eq!(connect.link.unwrap().local, address(5000));
        assert!(connect.ended.is_some() && connect.error.is_none());
        assert_eq!((&end.op, end.bytes.len), (&Op::Receives, 0));
    }
    let refused = "-1 ECONNREFUSED (Connection refused) <0.000035>";
    let events =
        read(&[line(&format!("connect(4<TCP:[1]>, {to} = {refused}"))]);
    let error = events[0].error.clone().unwrap();
    assert!(error.is_refusal(), "{error:?}");
    assert_eq!(error.text, "Connection refused");
}

#[test]
fn an_accept_names_both_addresses_of_the_new_socket() {
    let call = "accept4(8<TCP:[127.0.0.1:80]>, NULL, NULL, SOCK_CLOEXEC) = \
                11<TCP:[127.0.0.1:80->127.0.0.1:5000]> <0.000013>";
    let events = read(&[line(call)]);
    let link = Link::new(false, address(80), address(5000));
    assert_eq!(events[0].op, Op::Accepts);
    assert_eq!(events[0].link, Some(link));
}

#[test]
fn try_again_is_no_call_unless_a_timeout_ran_out() {
    let call = |took| {
        let why = "-1 EAGAIN (Resource temporarily unavailable)";
        read(&[line(&format!("read({CLIENT}, 0x7ff, 9) = {why} <{took}>"))])
    };
    assert!(call("0.000012").is_empty());
    let events = call("1.000012");
    assert!(events[0].error.clone().unwrap().is_timeout());
}

#[test]
fn a_message_of_several_buffers_is_one_send() {
    let call = format!(
        "sendmsg({CLIENT}, {{msg_name=NULL, msg_namelen=0, \
         msg_iov=[{{iov_base=\"\\x61\\x62\", iov_len=2}}, \
         {{iov_base=\"\\x63\\x64\", iov_len=2}}], msg_iovlen=2, \
         msg_controllen=0, msg_flags=0}}, 0) = 4 <0.000042>"
    );
    let events = read(&[line(&call)]);
    assert_eq!(events[0].bytes.head, b"abcd");
}

#[test]
fn a_datagram_waits_for_the_address_of_its_socket() {
    let to = r#"{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("\x31\x32\x37\x2e\x30\x2e\x30\x2e\x31")}, 16"#;
    let events = read(&[
        line(&format!(
            "sendto(5<UDP:[22]>, \"\\x68\\x69\", 2, 0, {to}) = 2 <0.000023>"
        )),
        line("recvfrom(5<UDP:[0.0.0.0:5000]>, "),
    ]);
    let [send, wait] = &events[..] else { panic!("{events:?}") };
    let link = Link::new(true, address(5000), address(80));
    assert_eq!((&send.op, send.link), (&Op::Sends, Some(link)));
    assert_eq!(wait.op, Op::Receives);
}

#[test]
fn a_line_on_stdout_is_announced() {
    let mut strace = Strace::default();
    let call =
        r#"write(1</dev/pts/3<char 136:3>>, "\x68\x69\x0a", 3) = 3 <0.00001>"#;
    let reports = strace.line(&line(call));
    assert!(matches!(&reports[..],
        [Report::Line { stdout: true, len: 2, head, .. }] if head == b"hi"));
}

#[test]
fn lines_of_no_sense_are_left_out() {
    for odd in [
        "",
        " ",
        "1 x",
        "1.2 read(",
        "1.2 read(3<TCP:[",
        "+++ exited with 0 +++",
        "99999999999999999999.1 read(5<TCP:[1]>, \"\", 1) = 0 <0.1>",
        "1.2 read(5<TCP:[]>, \"\\xzz\", 1) = 99999999999999999999 <1e999>",
        "1.2 close(5<TCP:[a->b]>) = 0 <x>",
    ] {
        let events = read(&[odd.to_owned()]);
        assert!(events.iter().all(|event| event.bytes.len < 9), "{events:?}");
    }
}
