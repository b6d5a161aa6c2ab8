//! A program of the standard library only, for wasm32-wasip1 and wasm32-wasip2: what a stranger's program does.
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::{Duration, Instant};
use std::{env, fs, io, process};

fn main() {
    let args: Vec<String> = env::args().collect();
    let rest: Vec<&str> = args.iter().skip(2).map(String::as_str).collect();
    match args.get(1).map(String::as_str) {
        Some("args") => println!("{rest:?}"),
        Some("env") => println!("{}", env::var(rest[0]).unwrap_or_else(|_| "unset".into())),
        Some("cwd") => println!("{}", env::current_dir().map_or_else(|e| e.to_string(), |d| d.display().to_string())),
        Some("relative") => println!("{}", fs::read_to_string(rest[0]).unwrap_or_else(|e| e.to_string())),
        Some("exit") => process::exit(rest[0].parse().unwrap()),
        Some("abort") => process::abort(),
        Some("panic") => panic!("as asked"),
        Some("spin") => loop {
            std::hint::black_box(0);
        },
        Some("sleep") => {
            let start = Instant::now();
            let duration = Duration::from_millis(rest[0].parse().unwrap());
            std::thread::sleep(duration);
            println!("slept {}", start.elapsed() >= duration);
        }
        Some("alloc") => {
            let mut kept = Vec::new();
            loop {
                kept.push(vec![1u8; 1 << 20]);
            }
        }
        Some("cat") => {
            io::copy(&mut io::stdin(), &mut io::stdout()).unwrap();
        }
        Some("yes") => {
            while io::stdout().write_all(b"y\n").is_ok() {}
            process::exit(9);
        }
        Some("files") => files(rest[0]).unwrap(),
        Some("tcp") => tcp().unwrap_or_else(|e| println!("no sockets: {:?}", e.kind())),
        other => {
            eprintln!("probe: what is {other:?}?");
            process::exit(2);
        }
    }
}

fn files(dir: &str) -> io::Result<()> {
    let path = |name: &str| format!("{dir}/{name}");
    fs::create_dir(path("d"))?;
    fs::write(path("d/a"), "hello")?;
    fs::OpenOptions::new().append(true).open(path("d/a"))?.write_all(b" world")?;
    println!("content {}", fs::read_to_string(path("d/a"))?);
    fs::rename(path("d/a"), path("d/b"))?;
    fs::copy(path("d/b"), path("d/c"))?;
    fs::hard_link(path("d/b"), path("d/h"))?;
    let mut names: Vec<_> = fs::read_dir(path("d"))?.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    println!("names {names:?}");
    println!("size {}", fs::metadata(path("d/b"))?.len());
    println!("missing {}", fs::read(path("nope")).unwrap_err().kind());
    println!("exists {}", fs::OpenOptions::new().write(true).create_new(true).open(path("d/b")).unwrap_err().kind());
    println!("not empty {}", fs::remove_dir(path("d")).unwrap_err().kind());
    println!("not a directory {}", fs::read_dir(path("d/b")).unwrap_err().kind());
    for name in ["b", "c", "h"] {
        fs::remove_file(path("d").as_str().to_owned() + "/" + name)?;
    }
    fs::remove_dir(path("d"))
}

fn tcp() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let mut client = TcpStream::connect(("localhost", address.port()))?;
    let (mut server, peer) = listener.accept()?;
    println!("peer {}", peer.ip());
    client.write_all(b"ping")?;
    client.shutdown(Shutdown::Write)?;
    let mut text = String::new();
    server.read_to_string(&mut text)?;
    server.write_all(text.to_uppercase().as_bytes())?;
    drop(server);
    let mut answer = String::new();
    client.read_to_string(&mut answer)?;
    println!("answer {answer}");
    println!("refused {}", TcpStream::connect("127.0.0.1:1").unwrap_err().kind());
    println!("in use {}", TcpListener::bind(address).unwrap_err().kind());
    Ok(())
}
