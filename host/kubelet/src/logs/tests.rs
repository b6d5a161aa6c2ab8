use std::time::Duration;

use super::*;

fn texts(reader: &mut LogReader) -> Vec<String> {
    std::iter::from_fn(|| reader.try_next()).map(|l| String::from_utf8(l.text(false)).unwrap()).collect()
}

#[test]
fn a_last_line_without_newline_is_partial_and_printed_without_one_log_2() {
    let log = ContainerLog::new(Clock::virtual_(), DEFAULT_LOG_LIMIT);
    log.write(LogStream::Stdout, b"one\ntw");
    log.write(LogStream::Stderr, b"err\n");
    log.write(LogStream::Stdout, b"o\nend");
    log.close();
    log.write(LogStream::Stdout, b"after\n");
    let mut reader = log.reader(&LogOptions::default());
    assert_eq!(texts(&mut reader), ["one\n", "err\n", "two\n", "end"]);
}

#[test]
fn a_cri_line_has_time_stream_tag_and_content_log_2_log_3() {
    let log = ContainerLog::new(Clock::virtual_(), DEFAULT_LOG_LIMIT);
    log.write(LogStream::Stderr, b"oh\n");
    let line = log.reader(&LogOptions::default()).try_next().unwrap();
    assert_eq!(line.cri(), b"2025-01-01T00:00:00.000000000Z stderr F oh\n");
    assert_eq!(line.text(true), b"2025-01-01T00:00:00.000000000Z oh\n");
}

#[test]
fn tail_counts_lines_from_the_end_before_since_log_11() {
    let log = ContainerLog::new(Clock::virtual_(), DEFAULT_LOG_LIMIT);
    log.write(LogStream::Stdout, format!("a\nb\n{}\nc\n", "x".repeat(40_000)).as_bytes());
    let lengths = |tail| {
        let mut reader = log.reader(&LogOptions { tail_lines: Some(tail), ..LogOptions::default() });
        texts(&mut reader).concat().len()
    };
    assert_eq!([lengths(0), lengths(1), lengths(2), lengths(3), lengths(9)], [0, 2, 40_003, 40_005, 40_007]);
}

#[test]
fn the_ring_forgets_the_oldest_lines() {
    let log = ContainerLog::new(Clock::virtual_(), 3 * (LINE_OVERHEAD + 1));
    let mut early = log.reader(&LogOptions::default());
    log.write(LogStream::Stdout, b"1\n2\n3\n4\n5\n");
    assert_eq!(texts(&mut early), ["3\n", "4\n", "5\n"]);
    assert_eq!(log.tail(2, 3), b"\n5\n");
}

#[test]
fn follow_ends_with_the_container_log_12() {
    let clock = Clock::virtual_();
    let log = ContainerLog::new(clock.clone(), DEFAULT_LOG_LIMIT);
    clock.virtual_runtime().unwrap().block_on(async {
        let writer = log.clone();
        let time = clock.clone();
        let task = tokio::spawn(async move {
            for text in ["a\n", "b\n", "c"] {
                time.sleep(Duration::from_secs(1)).await;
                writer.write(LogStream::Stdout, text.as_bytes());
            }
            writer.close();
        });
        let mut reader = log.reader(&LogOptions { follow: true, ..LogOptions::default() });
        let mut seen = Vec::new();
        while let Some(line) = reader.next().await {
            seen.push(String::from_utf8(line.text(false)).unwrap());
        }
        task.await.unwrap();
        assert_eq!(seen, ["a\n", "b\n", "c"]);
    });
}
