//! Reading and writing through `&TcpStream`, from two threads at once.
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let ours = Arc::new(TcpStream::connect(listener.local_addr()?)?);
    let theirs = listener.accept()?.0;
    let writer = Arc::clone(&ours);
    let sender = thread::spawn(move || -> io::Result<()> {
        let mut buffered = BufWriter::new(&*writer);
        for number in 0..100 {
            writeln!(buffered, "{number}")?;
        }
        buffered.flush()
    });
    let mut lines = BufReader::new(&theirs).lines();
    for _ in 0..100 {
        let number = lines.next().expect("a hundred lines")?;
        writeln!(&theirs, "got {number}")?;
    }
    sender.join().expect("no panic")?;
    let last = BufReader::new(&*ours).lines().nth(99);
    println!("{}", last.expect("a hundred answers")?);
    Ok(())
}
