//! Lesson 08 in tasks, which take turns in two threads.

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;

use super::{GREETING, listen, print, ready};

pub fn serve() -> Result<()> {
    let runtime =
        Builder::new_multi_thread().worker_threads(2).enable_io().build()?;
    runtime.block_on(async {
        let listener = TcpListener::from_std(listen()?)?;
        ready(listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::spawn(exchange(stream));
        }
    })
}

async fn exchange(mut stream: TcpStream) -> Result<()> {
    stream.write_all(GREETING).await?;
    let mut buffer = [0; 1024];
    let length = stream.read(&mut buffer).await?;
    print(&buffer[..length])?;
    Ok(())
}
