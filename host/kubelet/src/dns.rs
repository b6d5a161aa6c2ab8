//! A Pod's /etc/resolv.conf (NET-20…23).

use wasipod_api::model::Pod;
use wasipod_api::model::pod::DnsPolicy;

/// NET-23.
const MOST_NAMESERVERS: usize = 3;
const MOST_SEARCHES: usize = 32;
const LONGEST_SEARCH_LINE: usize = 2048;

/// What names are resolved with: the node's own, or a Pod's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolver {
    /// Addresses of name servers.
    pub nameservers: Vec<String>,
    /// Search domains.
    pub searches: Vec<String>,
    /// Options, e.g. `ndots:5`.
    pub options: Vec<String>,
}

/// A Pod's resolver and what had to be said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodResolver {
    /// Within the limits.
    pub resolver: Resolver,
    /// Messages of `DNSConfigForming` events.
    pub warnings: Vec<String>,
    /// The policy asked for cluster names and the node has no cluster DNS: `MissingClusterDNS`.
    pub missing_cluster_dns: bool,
}

/// The Pod's resolver on a node with that resolver, cluster DNS servers and domain.
pub fn pod_resolver(pod: &Pod, node: &Resolver, cluster_dns: &[String], cluster_domain: &str) -> PodResolver {
    let wants_cluster = match pod.spec.dns_policy {
        DnsPolicy::ClusterFirst => !pod.spec.host_network,
        DnsPolicy::ClusterFirstWithHostNet => true,
        DnsPolicy::Default | DnsPolicy::None => false,
    };
    let missing_cluster_dns = wants_cluster && cluster_dns.is_empty();
    let mut resolver = if pod.spec.dns_policy == DnsPolicy::None {
        Resolver::default()
    } else if wants_cluster && !missing_cluster_dns {
        let own = [
            format!("{}.svc.{cluster_domain}", pod.namespace),
            format!("svc.{cluster_domain}"),
            cluster_domain.to_owned(),
        ];
        let mut searches = Vec::new();
        append_new(&mut searches, own.iter().chain(&node.searches));
        Resolver { nameservers: cluster_dns.to_vec(), searches, options: vec!["ndots:5".to_owned()] }
    } else {
        node.clone()
    };
    let config = &pod.spec.dns_config;
    append_new(&mut resolver.nameservers, &config.nameservers);
    append_new(&mut resolver.searches, &config.searches);
    for (name, value) in &config.options {
        let text = value.as_ref().map_or_else(|| name.clone(), |value| format!("{name}:{value}"));
        let same = |option: &&mut String| option.split(':').next() == Some(name);
        match resolver.options.iter_mut().find(same) {
            Some(option) => *option = text,
            None => resolver.options.push(text),
        }
    }
    let warnings = limit(&mut resolver);
    PodResolver { resolver, warnings, missing_cluster_dns }
}

fn append_new<'a>(list: &mut Vec<String>, more: impl IntoIterator<Item = &'a String>) {
    for item in more {
        if !list.contains(item) {
            list.push(item.clone());
        }
    }
}

fn limit(resolver: &mut Resolver) -> Vec<String> {
    let mut warnings = Vec::new();
    if resolver.nameservers.len() > MOST_NAMESERVERS {
        resolver.nameservers.truncate(MOST_NAMESERVERS);
        warnings.push(format!(
            "Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: {}",
            resolver.nameservers.join(" ")
        ));
    }
    let wanted = resolver.searches.len();
    resolver.searches.truncate(MOST_SEARCHES);
    while resolver.searches.join(" ").len() > LONGEST_SEARCH_LINE {
        resolver.searches.pop();
    }
    if resolver.searches.len() < wanted {
        warnings.push(format!(
            "Search Line limits were exceeded, some search paths have been omitted, the applied search line is: {}",
            resolver.searches.join(" ")
        ));
    }
    warnings
}

// === impl Resolver ===

impl Resolver {
    /// The file's text (NET-22).
    pub fn file(&self) -> String {
        let mut text = String::new();
        if !self.searches.is_empty() {
            text.push_str(&format!("search {}\n", self.searches.join(" ")));
        }
        for nameserver in &self.nameservers {
            text.push_str(&format!("nameserver {nameserver}\n"));
        }
        if !self.options.is_empty() {
            text.push_str(&format!("options {}\n", self.options.join(" ")));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn cluster_first_searches_the_pods_namespace_first_net_20_net_22() {
        let node =
            Resolver { searches: vec!["lan".to_owned(), "cluster.local".to_owned()], ..Resolver::default() };
        let found = pod_resolver(&testing::pod("p"), &node, &["10.96.0.10".to_owned()], "cluster.local");
        assert_eq!(
            found.resolver.file(),
            "search default.svc.cluster.local svc.cluster.local cluster.local lan\nnameserver 10.96.0.10\noptions ndots:5\n"
        );
        assert!(found.warnings.is_empty() && !found.missing_cluster_dns);
    }

    #[test]
    fn dns_config_is_appended_and_its_options_win_net_21_net_23() {
        let mut pod = testing::pod("p");
        let config = &mut pod.spec.dns_config;
        config.nameservers = ["1.1.1.1", "10.96.0.10", "2.2.2.2", "3.3.3.3"].map(str::to_owned).to_vec();
        config.options = vec![("ndots".to_owned(), Some("2".to_owned())), ("edns0".to_owned(), None)];
        let found = pod_resolver(&pod, &Resolver::default(), &["10.96.0.10".to_owned()], "cluster.local");
        assert_eq!(found.resolver.nameservers, ["10.96.0.10", "1.1.1.1", "2.2.2.2"]);
        assert_eq!(found.resolver.options, ["ndots:2", "edns0"]);
        assert_eq!(found.warnings.len(), 1);
    }
}
