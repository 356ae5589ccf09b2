//! Tests of what may be asked: every way around it that is known.

use super::*;
use proptest::prelude::*;

fn read(url: &str) -> Result<Target, Refusal> {
    Target::read(url, &Allow::default())
}

#[test]
fn ordinary_addresses_are_read() {
    for (url, host, port, is_tls, header) in [
        (
            "https://api.loja.com.br/v1/x?y=1",
            "api.loja.com.br",
            443,
            true,
            "api.loja.com.br",
        ),
        (
            "http://API.loja.com.br",
            "api.loja.com.br",
            80,
            false,
            "api.loja.com.br",
        ),
        (
            "https://a.example:8443/#top",
            "a.example",
            8443,
            true,
            "a.example:8443",
        ),
        (
            "http://a_b.example:8080/",
            "a_b.example",
            8080,
            false,
            "a_b.example:8080",
        ),
        ("https://8.8.8.8/", "8.8.8.8", 443, true, "8.8.8.8"),
        (
            "https://[2606:4700:4700::1111]/",
            "2606:4700:4700::1111",
            443,
            true,
            "[2606:4700:4700::1111]",
        ),
        (
            "http://xn--caf-dma.example/",
            "xn--caf-dma.example",
            80,
            false,
            "xn--caf-dma.example",
        ),
    ] {
        let target = read(url).unwrap();
        assert_eq!(
            (
                target.host.as_str(),
                target.port,
                target.is_tls,
                target.host_header().as_str()
            ),
            (host, port, is_tls, header),
            "{url}"
        );
    }
}

#[test]
fn every_known_way_around_is_refused() {
    use Refusal::{Credentials, Host, Localhost, Port, Private, Scheme, Unreadable};
    for (url, why) in [
        // Private addresses as they are.
        ("http://127.0.0.1/", Private),
        ("http://127.1.2.3:8080/", Private),
        ("http://10.0.0.1/", Private),
        ("http://172.16.0.1/", Private),
        ("http://192.168.0.1/", Private),
        ("http://100.64.0.1/", Private),
        ("http://0.0.0.0/", Private),
        ("http://169.254.169.254/latest/meta-data/", Private),
        ("http://224.0.0.1/", Private),
        ("http://255.255.255.255/", Private),
        ("http://198.18.0.1/", Private),
        ("http://192.0.2.1/", Private),
        // IPv6 in all its clothes.
        ("http://[::1]/", Private),
        ("http://[::]/", Private),
        ("http://[0:0:0:0:0:0:0:1]/", Private),
        ("http://[::ffff:127.0.0.1]/", Private),
        ("http://[::ffff:7f00:1]/", Private),
        ("http://[0:0:0:0:0:ffff:a9fe:a9fe]/", Private),
        ("http://[::127.0.0.1]/", Private),
        ("http://[64:ff9b::7f00:1]/", Private),
        ("http://[2002:7f00:1::]/", Private),
        ("http://[fe80::1]/", Private),
        ("http://[fd00:ec2::254]/", Private),
        ("http://[ff02::1]/", Private),
        ("http://[fe80::1%25eth0]/", Unreadable),
        ("http://[::1%2525lo]/", Unreadable),
        ("http://[127.0.0.1]/", Host),
        // The same address in spellings of old libraries.
        ("http://2130706433/", Host),
        ("http://0x7f000001/", Host),
        ("http://0x7f.0.0.1/", Host),
        ("http://127.0.0.0x1/", Host),
        ("http://017700000001/", Host),
        ("http://0177.0.0.1/", Host),
        ("http://127.1/", Host),
        ("http://127.0.1/", Host),
        ("http://0/", Host),
        ("http://127.0.0.1./", Host),
        ("http://127.0.0.1.0x/", Host),
        ("http://00000127.0.0.1/", Host),
        ("http://256.256.256.256/", Host),
        // Names of this machine.
        ("http://localhost/", Localhost),
        ("http://LOCALHOST:8080/", Localhost),
        ("http://db.localhost/", Localhost),
        ("http://localhost./", Host),
        ("http://example.com./", Host),
        ("http://.example.com/", Host),
        ("http://a..b/", Host),
        // Two readers, two hosts.
        ("http://good.example@evil.example/", Credentials),
        ("http://user:secret@example.com/", Credentials),
        ("http://example.com:80@127.0.0.1/", Credentials),
        ("http://@127.0.0.1/", Credentials),
        ("http://example.com\\@127.0.0.1/", Unreadable),
        ("http://127.0.0.1\\.example.com/", Unreadable),
        ("http:\\\\127.0.0.1/", Unreadable),
        ("http://example.com\t/", Unreadable),
        ("http://exa mple.com/", Unreadable),
        ("http://example.com/\r\nx: y", Unreadable),
        ("http://exa%6dple.com/", Host),
        ("http://127.0.0.1%2f.example.com/", Host),
        ("http://①②⑦.⓪.⓪.①/", Unreadable),
        ("http://127。0。0。1/", Unreadable),
        ("http://ｌocalhost/", Unreadable),
        // Other schemes and no hosts.
        ("file:///etc/passwd", Scheme),
        ("ftp://example.com/", Scheme),
        ("gopher://example.com:80/_x", Scheme),
        ("//example.com/", Unreadable),
        ("/path", Scheme),
        ("example.com", Scheme),
        ("javascript:alert(1)", Unreadable),
        ("", Unreadable),
        ("http://", Unreadable),
        ("http:///x", Unreadable),
        // Ports of other protocols.
        ("http://example.com:22/", Port),
        ("http://example.com:25/", Port),
        ("http://example.com:6379/", Port),
        ("http://example.com:0/", Port),
        ("http://example.com:65536/", Port),
        ("http://example.com:/", Port),
        ("http://8.8.8.8:53/", Port),
    ] {
        let refused = read(url).map(|target| target.host);
        let same = refused == Err(why);
        // Whether the parser or a rule says no is the parser's affair; that somebody does is ours.
        let parser = matches!(
            (refused.clone(), why),
            (Err(_), Unreadable | Scheme | Port | Host)
        );
        assert!(same || parser, "{url}: {refused:?}, not {why:?}");
    }
    let long = format!("https://example.com/{}", "a".repeat(MAX_URL_BYTES));
    assert_eq!(read(&long), Err(Unreadable));
}

#[test]
fn a_name_is_condemned_by_one_private_address() {
    let target = read("https://crm.example/").unwrap();
    let ips =
        |list: &[&str]| -> Vec<IpAddr> { list.iter().map(|ip| ip.parse().unwrap()).collect() };
    let allow = Allow::default();
    let fit = target
        .checked(&ips(&["8.8.8.8", "2606:4700::1"]), &allow)
        .unwrap();
    assert_eq!(
        fit,
        [
            "8.8.8.8:443".parse().unwrap(),
            "[2606:4700::1]:443".parse().unwrap()
        ]
    );
    for mixed in [
        &["8.8.8.8", "10.0.0.1"][..],
        &["::ffff:10.0.0.1"],
        &["64:ff9b::a00:1"],
        &[],
    ] {
        assert_eq!(
            target.checked(&ips(mixed), &allow),
            Err(Refusal::Private),
            "{mixed:?}"
        );
    }
    let allow = Allow::parse("10.0.0.0/8").unwrap();
    assert!(
        target
            .checked(&ips(&["8.8.8.8", "10.0.0.1"]), &allow)
            .is_ok()
    );
    assert!(target.checked(&ips(&["192.168.0.1"]), &allow).is_err());
}

#[test]
fn the_list_opens_what_it_names_and_no_more() {
    let allow = Allow::parse("localhost:11434, 10.2.0.0/16, crm.intra").unwrap();
    for open in [
        "http://localhost:11434/v1",
        "http://10.2.3.4:9999/",
        "http://crm.intra:3000/",
    ] {
        assert!(Target::read(open, &allow).is_ok(), "{open}");
    }
    for (shut, why) in [
        ("http://localhost:8080/", Refusal::Localhost),
        ("http://127.0.0.1:11434/", Refusal::Private),
        ("http://10.3.0.1/", Refusal::Private),
    ] {
        assert_eq!(Target::read(shut, &allow), Err(why), "{shut}");
    }
    let crm = Target::read("http://crm.intra/", &allow).unwrap();
    assert!(
        crm.checked(&["192.168.7.7".parse().unwrap()], &allow)
            .is_ok()
    );
    assert_eq!(
        crm.checked(&["0.0.0.0".parse().unwrap()], &allow),
        Err(Refusal::Private)
    );
    // A strange port of a name waits for the look-up, which must lead into a network of the list.
    let other = Target::read("http://other.example:9999/", &allow).unwrap();
    assert!(
        other
            .checked(&["10.2.0.9".parse().unwrap()], &allow)
            .is_ok()
    );
    assert_eq!(
        other.checked(&["8.8.8.8".parse().unwrap()], &allow),
        Err(Refusal::Port)
    );
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_fall_and_what_it_reads_is_never_private(text in ".{0,60}") {
        for url in [text.clone(), format!("http://{text}"), format!("https://{text}:8080/x")] {
            if let Ok(target) = read(&url) {
                prop_assert!(target.literal.is_none_or(ranges::is_public), "{}", url);
                prop_assert!(PORTS.contains(&target.port));
                prop_assert!(!target.host.contains(['@', '/', '%', '\\']));
            }
        }
    }

    #[test]
    fn an_ipv4_address_is_read_in_one_spelling_only(raw in any::<u32>()) {
        let ip = std::net::Ipv4Addr::from(raw);
        let usual = read(&format!("http://{ip}/"));
        prop_assert_eq!(usual.is_ok(), ranges::is_public(ip.into()));
        let [a, b, c, d] = ip.octets();
        for other in [
            format!("{raw}"),
            format!("{raw:#x}"),
            format!("0{raw:o}"),
            format!("0{a:o}.{b}.{c}.{d}"),
            format!("{a:#x}.{b:#x}.{c:#x}.{d:#x}"),
            format!("{a}.{b}.{}", u32::from(c) * 256 + u32::from(d)),
            format!("{a}.{}", raw & 0x00ff_ffff),
        ] {
            prop_assert!(read(&format!("http://{other}/")).is_err(), "{}", other);
        }
    }
}
