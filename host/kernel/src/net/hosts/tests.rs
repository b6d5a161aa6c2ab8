#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

/// NET-11 and NET-13.
const POD: &str = "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost \
ip6-loopback\nfe00::0\tip6-localnet\n10.244.0.5\tweb.sub.default.svc.cluster.local\tweb\n\n# Entries added by \
HostAliases.\n127.0.0.1\tfoo.local\tbar.local\n10.1.2.3\tfoo.remote\tBar.local # comment web\n";

fn ips(texts: &[&str]) -> Vec<IpAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

#[test]
fn net_13_aliases_answer_in_the_order_of_the_file() {
    let hosts = Hosts::parse(POD);
    assert_eq!(hosts.lookup("bar.local"), ips(&["127.0.0.1", "10.1.2.3"]));
    assert_eq!(hosts.lookup("WEB"), ips(&["10.244.0.5"]), "a comment is no entry");
    assert_eq!(hosts.lookup("localhost"), ips(&["127.0.0.1", "::1"]));
    assert_eq!(hosts.lookup("nobody"), ips(&[]));
}

#[test]
fn bad_lines_are_passed_over() {
    let hosts = Hosts::parse("nonsense a\n\n  \n1.2.3.4\n1.2.3 b\nfe80::1%eth0 c\n 5.6.7.8\td\r\n");
    assert_eq!(hosts.lookup("d"), ips(&["5.6.7.8"]));
    assert!(["a", "b", "c"].iter().all(|name| hosts.lookup(name).is_empty()));
}

#[derive(Debug)]
struct Cluster;

impl NameSource for Cluster {
    fn lookup(&self, name: &str) -> Option<Vec<IpAddr>> {
        (name == "kubernetes.default").then(|| ips(&["10.96.0.1"]))
    }
}

#[test]
fn literals_then_the_hosts_file_then_localhost_then_the_sources() {
    let resolver = Resolver::new(|| "10.0.0.1 kubernetes.default.svc localhost.\n9.9.9.9 1.1.1.1".to_owned())
        .with_source(Arc::new(Cluster));
    assert_eq!(resolver.resolve("1.1.1.1", None), Ok(ips(&["1.1.1.1"])));
    assert_eq!(resolver.resolve("[::1]", Some(Family::V6)), Ok(ips(&["::1"])));
    assert_eq!(resolver.resolve("::1", Some(Family::V4)), Err(ResolveError::NotFound));
    assert_eq!(resolver.resolve("localhost", None), Ok(ips(&["127.0.0.1", "::1"])));
    assert_eq!(resolver.resolve("a.LOCALHOST.", Some(Family::V6)), Ok(ips(&["::1"])));
    assert_eq!(resolver.resolve("kubernetes.default.", None), Ok(ips(&["10.96.0.1"])));
    assert_eq!(resolver.resolve("kubernetes.default", Some(Family::V6)), Err(ResolveError::NotFound));
    assert_eq!(resolver.resolve("example.org", None), Err(ResolveError::NotFound));
}

#[test]
fn what_cannot_be_a_name_is_told_apart() {
    let resolver = Resolver::new(String::new);
    let long = "a".repeat(64);
    let longer = "a.".repeat(128);
    for name in ["", ".", "a..b", "a b", "ä", "a/b", &long, &longer[..]] {
        assert_eq!(resolver.resolve(name, None), Err(ResolveError::InvalidName), "{name:?}");
    }
}
