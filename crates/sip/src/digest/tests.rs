//! Layer: pure. The digests of the RFCs' own examples.

use super::{Challenge, Credentials};

fn mufasa(password: &str) -> Credentials {
    Credentials { username: "Mufasa".into(), password: password.into() }
}

#[test]
fn the_example_of_rfc_2617_comes_out() {
    let value = r#"Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41""#;
    let challenge = Challenge::choose([value].into_iter()).unwrap();
    let answer = challenge.answer(&mufasa("Circle Of Life"), "GET", "/dir/index.html", 1, "0a4f113b");
    assert!(answer.contains(r#"response="6629fae49393a05397450978507c4ef1""#), "{answer}");
    assert!(answer.contains(r#"opaque="5ccc069c403ebaf9f0171e9517f40e41""#));
}

#[test]
fn the_example_of_rfc_7616_comes_out_and_sha_256_is_preferred() {
    let common = r#"realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#;
    let sha = format!("Digest {common}, algorithm=SHA-256");
    let md5 = format!("Digest {common}, algorithm=MD5");
    let challenge = Challenge::choose([&*sha, &*md5].into_iter()).unwrap();
    let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    let answer = challenge.answer(&mufasa("Circle of Life"), "GET", "/dir/index.html", 1, cnonce);
    assert!(
        answer.contains(r#"response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1""#),
        "{answer}"
    );
}

#[test]
fn what_we_cannot_answer_is_no_challenge() {
    let values = [
        r#"Basic realm="x""#,
        r#"Digest realm="x", nonce="y", qop="auth-int""#,
        r#"Digest realm="x", nonce="y", algorithm=AKAv1-MD5"#,
        r#"Digest realm="x""#,
        "Digest",
    ];
    assert_eq!(Challenge::choose(values.into_iter()), None);
}
