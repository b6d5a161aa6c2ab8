//! A Pod's host name and /etc/hosts (NET-10…13).

use std::fmt::Write as _;
use std::net::IpAddr;

use wasipod_api::model::Pod;

/// The longest host name.
const LONGEST: usize = 63;

/// The longest full name that becomes a kernel host name (NET-10).
const LONGEST_FQDN: usize = 64;

/// The Pod's host name: its own or its name, cut (NET-10).
pub fn hostname(pod: &Pod) -> String {
    let name = pod.spec.hostname.as_ref().unwrap_or(&pod.name);
    let cut = &name[..name.floor_char_boundary(LONGEST)];
    cut.trim_end_matches(['-', '.']).to_owned()
}

/// The domain that the host name lies in, if the Pod has a subdomain.
pub fn domain(pod: &Pod, cluster_domain: &str) -> Option<String> {
    let subdomain = pod.spec.subdomain.as_ref()?;
    Some(format!("{subdomain}.{}.svc.{cluster_domain}", pod.namespace))
}

/// What the kernel calls the host.
///
/// # Errors
/// With `setHostnameAsFQDN`, when the full name is too long.
pub fn kernel_hostname(pod: &Pod, cluster_domain: &str) -> Result<String, String> {
    let hostname = hostname(pod);
    match domain(pod, cluster_domain).filter(|_| pod.spec.set_hostname_as_fqdn) {
        None => Ok(hostname),
        Some(domain) => {
            let full = format!("{hostname}.{domain}");
            if full.len() <= LONGEST_FQDN {
                return Ok(full);
            }
            Err(format!(
                "failed to construct FQDN from pod hostname and cluster domain, FQDN {full} is too long ({} is the max, {} characters requested)",
                LONGEST_FQDN,
                full.len()
            ))
        }
    }
}

/// The text of /etc/hosts, to the byte.
pub fn hosts_file(pod: &Pod, ips: &[IpAddr], cluster_domain: &str) -> String {
    let mut text = String::from(
        "# Kubernetes-managed hosts file.\n\
         127.0.0.1\tlocalhost\n\
         ::1\tlocalhost ip6-localhost ip6-loopback\n\
         fe00::0\tip6-localnet\n\
         fe00::0\tip6-mcastprefix\n\
         fe00::1\tip6-allnodes\n\
         fe00::2\tip6-allrouters\n",
    );
    let hostname = hostname(pod);
    let domain = domain(pod, cluster_domain);
    // Writing to a String can't fail.
    for ip in ips {
        let _ = match &domain {
            Some(domain) => writeln!(text, "{ip}\t{hostname}.{domain}\t{hostname}"),
            None => writeln!(text, "{ip}\t{hostname}"),
        };
    }
    if !pod.spec.host_aliases.is_empty() {
        text.push_str("\n# Entries added by HostAliases.\n");
        for alias in &pod.spec.host_aliases {
            let _ = writeln!(text, "{}\t{}", alias.ip, alias.hostnames.join("\t"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use wasipod_api::model::pod::HostAlias;

    use super::*;
    use crate::testing;

    #[test]
    fn hosts_has_kubernetes_bytes_and_the_aliases_at_the_end_net_11_net_13_seed_2() {
        let mut pod = testing::pod("web");
        pod.spec.host_aliases = vec![HostAlias {
            ip: "10.1.2.3".parse().unwrap(),
            hostnames: vec!["foo.remote".to_owned(), "bar.remote".to_owned()],
        }];
        let text = hosts_file(&pod, &["10.244.0.2".parse().unwrap()], "cluster.local");
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "# Kubernetes-managed hosts file.");
        assert_eq!(lines[2], "::1\tlocalhost ip6-localhost ip6-loopback");
        assert_eq!(lines[7], "10.244.0.2\tweb");
        assert_eq!(lines[8..], ["", "# Entries added by HostAliases.", "10.1.2.3\tfoo.remote\tbar.remote"]);
        assert!(text.ends_with('\n'));
    }

    #[test]
    fn names_are_cut_to_63_characters_and_a_subdomain_gives_a_full_name_net_10() {
        let mut pod = testing::pod(&format!("{}-.x", "a".repeat(61)));
        assert_eq!(hostname(&pod), "a".repeat(61));
        pod.spec.hostname = Some("h".to_owned());
        pod.spec.subdomain = Some("s".to_owned());
        assert_eq!(kernel_hostname(&pod, "cluster.local").unwrap(), "h");
        pod.spec.set_hostname_as_fqdn = true;
        assert_eq!(kernel_hostname(&pod, "cluster.local").unwrap(), "h.s.default.svc.cluster.local");
        let text = hosts_file(&pod, &["10.0.0.1".parse().unwrap()], "cluster.local");
        assert!(text.contains("\n10.0.0.1\th.s.default.svc.cluster.local\th\n"));
        pod.spec.subdomain = Some("s".repeat(60));
        assert!(kernel_hostname(&pod, "cluster.local").is_err());
    }
}
