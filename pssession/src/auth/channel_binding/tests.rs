//! Certificates made with OpenSSL, and their hashes as `sha256sum`, `sha384sum` and `sha512sum` of the DER show them.

use super::*;
use crate::auth::test_support::Noise;
use base64::prelude::{BASE64_STANDARD, Engine};

/// A certificate in base64 and the hash, in hexadecimal, that its channel binding holds.
struct Sample {
    signature: &'static str,
    certificate: &'static str,
    hash: &'static str,
}

impl Sample {
    fn der(&self) -> Vec<u8> {
        BASE64_STANDARD.decode(self.certificate).unwrap()
    }
}

#[test]
fn the_hash_is_that_of_the_signature_on_the_certificate() {
    for sample in SAMPLES {
        let bindings = ChannelBindings::tls_server_end_point(&sample.der()).unwrap();
        let (name, hash) = bindings.application_data().split_at(21);
        assert_eq!(name, b"tls-server-end-point:");
        let hash: String = hash.iter().map(|octet| format!("{octet:02x}")).collect();
        assert_eq!(hash, sample.hash, "{}", sample.signature);
    }
}

#[test]
fn an_unknown_hash_in_pss_parameters_is_sha256() {
    // The last octet of sha384's identifier, in the signature algorithm behind the signed part.
    let mut certificate = SAMPLES[8].der();
    let at = certificate.windows(oid::SHA384.len()).rposition(|octets| octets == oid::SHA384).unwrap();
    certificate[at + oid::SHA384.len() - 1] = 9;
    let bindings = ChannelBindings::tls_server_end_point(&certificate).unwrap();
    assert_eq!(&bindings.application_data()[21..], digest::digest(&SHA256, &certificate).as_ref());
}

#[test]
fn the_gss_structure_is_hashed_with_its_empty_addresses() {
    // The structure as C lays it out, written down by hand.
    let bindings = ChannelBindings { application_data: b"tls-server-end-point:hash".to_vec() };
    let structure = [&[0; 16][..], &[25, 0, 0, 0], b"tls-server-end-point:hash"].concat();
    assert_eq!(bindings.hash(), <[u8; 16]>::from(Md5::digest(structure)));
}

#[test]
fn a_certificate_cut_off_anywhere_is_refused() {
    for sample in SAMPLES {
        let certificate = sample.der();
        for length in 0..certificate.len() {
            let cut = ChannelBindings::tls_server_end_point(&certificate[..length]);
            assert_eq!(cut, Err(Error::MalformedCertificate), "{} at {length}", sample.signature);
        }
    }
}

#[test]
fn no_certificate_makes_it_panic() {
    let mut noise = Noise::new(2);
    for sample in SAMPLES {
        for _ in 0..2_000 {
            let _ = ChannelBindings::tls_server_end_point(&noise.mutate(&sample.der()));
        }
    }
}

const SAMPLES: [Sample; 11] = [
    Sample {
        signature: "ecdsa-with-SHA1",
        certificate: "\
            MIH/MIGnAgEBMAkGByqGSM49BAEwDDEKMAgGA1UEAwwBeDAgFw0yNjExMjQxNjU5NDJaGA8yMTI2MTAzMTE2NTk0Ml\
            owDDEKMAgGA1UEAwwBeDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABOcjQlJH0WKUaG7oqL+EsfimtGFWIBAec8Ym\
            UIrZjVknpZrB9gtMFRCogZi5fn+Sm55NfR/ry4Rh59yHfbs30dMwCQYHKoZIzj0EAQNIADBFAiEA3Dx8Yw6CzTZhYf\
            tkavnZPR7Vyi4qysPxpcfIFBKYKm8CIHNEof8t2YJpSGutvUumgGjuY00LWqgB+f2unJc1SSyX",
        hash: "\
            50848b434ce2fbd95fcd49d2d1d7a5e909576bba671c389ed551b81a2453a7bd",
    },
    Sample {
        signature: "ecdsa-with-SHA256",
        certificate: "\
            MIIBADCBqAIBATAKBggqhkjOPQQDAjAMMQowCAYDVQQDDAF4MCAXDTI2MTEyNDE2NTk0MloYDzIxMjYxMDMxMTY1OT\
            QyWjAMMQowCAYDVQQDDAF4MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEn7AMRDFUl9c2sHroOyWBtFErzlzaufiC\
            /maBTK3GwJTlr3a2G3kqHIeqN6BLTaYvDF0mTXBoEnX8RGQLz6XI8DAKBggqhkjOPQQDAgNHADBEAiB3o43QUeW+Q4\
            XevIjj09dlybgLVOxXhIHS3sL4abXbqgIgMo0A2+wIQeMFC64YEZ4fo7iwoC3AJBuODFMMrqARxrg=",
        hash: "\
            cbbd454ba687b347c67ea66631d370e35f100abb31b855c86a87a0b981b60a1e",
    },
    Sample {
        signature: "ecdsa-with-SHA384",
        certificate: "\
            MIIBATCBqAIBATAKBggqhkjOPQQDAzAMMQowCAYDVQQDDAF4MCAXDTI2MTEyNDE2NTk0MloYDzIxMjYxMDMxMTY1OT\
            QyWjAMMQowCAYDVQQDDAF4MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEfchTQlI+q9vroAZOvfrUP69Wut0jU/iU\
            3jFRH/N6S3z+4N3muMvBoGRykWYz5RfkG/nWbxni09ZVBy8tbTefADAKBggqhkjOPQQDAwNIADBFAiEAsn7mhQ8coT\
            1j0UP2FM59sejYHlG3/nPqCfqvpJGo598CIDDDYhUNH5O3TSry+a+SYW3doMV9GOg+B42ojeL/DVsy",
        hash: "\
            55913926ca1f927480dff1c82e863fc60985de9b0aa42d4e78dabead7128685297d1d3715babfd971cd701c00c\
            16a6c8",
    },
    Sample {
        signature: "ecdsa-with-SHA512",
        certificate: "\
            MIIBADCBqAIBATAKBggqhkjOPQQDBDAMMQowCAYDVQQDDAF4MCAXDTI2MTEyNDE2NTk0MloYDzIxMjYxMDMxMTY1OT\
            QyWjAMMQowCAYDVQQDDAF4MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEy7/Zq0BuKy8L0x3keuaRTQA5mkDxexPW\
            qfTVm2s3ZR04O4163nN0ZL6yl8J/kZEk8WKysEvA5HF8tKEsgqcNwTAKBggqhkjOPQQDBANHADBEAiAFlgDZb+SBlR\
            4Owj6CnIZC566v1YpVLWWYVWYkWyhqxQIgIhYAnIqcupmlrBnmH/egj+T2Zc18vg31d7ldxENgRCU=",
        hash: "\
            65932555cca6d231563c84d4af0c782dd70b04a2c1bedf5ae137f1456deaf4baf88d126404de23f7702be59648\
            b451b8779770664c197c30f015ace5fbce6a50",
    },
    Sample {
        signature: "sha384WithRSAEncryption, the key inside is P-256",
        certificate: "\
            MIIBQTCBqwIBATANBgkqhkiG9w0BAQwFADAMMQowCAYDVQQDDAFjMCAXDTI2MTEyNDE2NTk0MloYDzIxMjYxMDMxMT\
            Y1OTQyWjAMMQowCAYDVQQDDAF4MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEn7AMRDFUl9c2sHroOyWBtFErzlza\
            ufiC/maBTK3GwJTlr3a2G3kqHIeqN6BLTaYvDF0mTXBoEnX8RGQLz6XI8DANBgkqhkiG9w0BAQwFAAOBgQBTKHb1l5\
            lntbId+8WYrBrTjiI4uynrfRQ3gGQqz/Rs2/PJRHkEMdlBlXAoCv6thhyjdRi698fGhdfXqeoA0y6udjzY7NaOuJiE\
            i8rZ5X4DYLYmQ9AwV0EFPFQGK1+mAdqkhuNQzGL/EEiuiH7mnpqXJZSPxkMViZuLdn2CbJaBXw==",
        hash: "\
            f1cb06cb38b22c7d9848eef38d856a7e60f19650ea051377edb8483660d887792fb988d12089f2005f8081ff7a\
            861610",
    },
    Sample {
        signature: "sha512WithRSAEncryption",
        certificate: "\
            MIIBQTCBqwIBATANBgkqhkiG9w0BAQ0FADAMMQowCAYDVQQDDAFjMCAXDTI2MTEyNDE2NTk0MloYDzIxMjYxMDMxMT\
            Y1OTQyWjAMMQowCAYDVQQDDAF4MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEn7AMRDFUl9c2sHroOyWBtFErzlza\
            ufiC/maBTK3GwJTlr3a2G3kqHIeqN6BLTaYvDF0mTXBoEnX8RGQLz6XI8DANBgkqhkiG9w0BAQ0FAAOBgQCE7VWjOl\
            zmRBVaJMwFf4mRC9ylBYxYqvOKWG45Scoa7hNC7B3TBAoD/IZ/OiIhRlpOftzi38GDqrEbj+rJP8qAh+zGL8GmU6U/\
            z0P68So+7YjJysN8OkRyDV3FKM+2fUfZBpJdtx/yHgY4jQ3pp/h+IfOMDoxVc+dUjNz8dYPU5w==",
        hash: "\
            c3cdb6920f3b6940dcf8fdc680003ee707d3c734cc5de79c28de660c9494f7ad79ad1087f368ad29a0bcf3e50d\
            1ee100963b38cddf0d9caefdbe9c2a66186f75",
    },
    Sample {
        signature: "RSASSA-PSS, all parameters at their default",
        certificate: "\
            MIIBQTCBqwIBATANBgkqhkiG9w0BAQowADAMMQowCAYDVQQDDAFjMCAXDTI2MTEyNDE2NTk0MloYDzIxMjYxMDMxMT\
            Y1OTQyWjAMMQowCAYDVQQDDAF4MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEn7AMRDFUl9c2sHroOyWBtFErzlza\
            ufiC/maBTK3GwJTlr3a2G3kqHIeqN6BLTaYvDF0mTXBoEnX8RGQLz6XI8DANBgkqhkiG9w0BAQowAAOBgQCIKDtP+Y\
            WQnH0oJic3iJlXb8stenL4sIMI4ISSbQMZ/KrFxxx9vHl3Zif9VjLHfq80T65Oo8NvJLq2lW1ttN6pfQc3OqsC01UB\
            JsSWbrHlPdLHU+WE9MFc5DrsrvEVrqsX7+Z0IQPah4BRaB0Iyyd8oaDdV3Say2eSO8KW2bQRmw==",
        hash: "\
            e9b148864855ef5824683eb1edd8302fe674e7676f86f98582b8c43cff26835b",
    },
    Sample {
        signature: "RSASSA-PSS with SHA-256",
        certificate: "\
            MIIBqTCB3wIBATBBBgkqhkiG9w0BAQowNKAPMA0GCWCGSAFlAwQCAQUAoRwwGgYJKoZIhvcNAQEIMA0GCWCGSAFlAw\
            QCAQUAogMCASAwDDEKMAgGA1UEAwwBYzAgFw0yNjExMjQxNjU5NDJaGA8yMTI2MTAzMTE2NTk0MlowDDEKMAgGA1UE\
            AwwBeDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJ+wDEQxVJfXNrB66DslgbRRK85c2rn4gv5mgUytxsCU5a92th\
            t5KhyHqjegS02mLwxdJk1waBJ1/ERkC8+lyPAwQQYJKoZIhvcNAQEKMDSgDzANBglghkgBZQMEAgEFAKEcMBoGCSqG\
            SIb3DQEBCDANBglghkgBZQMEAgEFAKIDAgEgA4GBAHRoXRgSufrQa1Qf5N01zCUbpJ0JmPnWykXNsoCK+ICIA7Ad3k\
            +MXEjFSe/ahtVn62kJvJM0a18P0LC5/VfDzUqJGRyJbfabjY9TRh0U0CXbFMHikYxWbj4bDNPdK+eGvQXRd8IONpyd\
            JEl+IoyOLwnset3bxM35mI3plV/0k/Pl",
        hash: "\
            55a1d49eb7b9f333f2f163836c53e72d22aa3b0cb7bc482643e09adbc951d1f2",
    },
    Sample {
        signature: "RSASSA-PSS with SHA-384, mask generation with SHA-256",
        certificate: "\
            MIIBqTCB3wIBATBBBgkqhkiG9w0BAQowNKAPMA0GCWCGSAFlAwQCAgUAoRwwGgYJKoZIhvcNAQEIMA0GCWCGSAFlAw\
            QCAQUAogMCATAwDDEKMAgGA1UEAwwBYzAgFw0yNjExMjQxNjU5NDJaGA8yMTI2MTAzMTE2NTk0MlowDDEKMAgGA1UE\
            AwwBeDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJ+wDEQxVJfXNrB66DslgbRRK85c2rn4gv5mgUytxsCU5a92th\
            t5KhyHqjegS02mLwxdJk1waBJ1/ERkC8+lyPAwQQYJKoZIhvcNAQEKMDSgDzANBglghkgBZQMEAgIFAKEcMBoGCSqG\
            SIb3DQEBCDANBglghkgBZQMEAgEFAKIDAgEwA4GBAAO1iJREsYMh2/A4dX/CKKtYE+0PZmED5B7LhH0kTP3jA51wKo\
            hzyIT9Oe6ZCZx2bXAHR6D3/9iSVh0S1HALvHw+97FZNpRfx+faQ7vzzHussZw51EyIU+ZESvjdWbNAG9ZMlAqD51RK\
            0/k95ed+dS52tsp/faVISaElUR9gcecl",
        hash: "\
            6bfaa29881b4c4f82c2f19ae6561a8c6f65ba619f3445c437b57d539048787382b4152c3fb07d712413b77fc0f\
            1f1701",
    },
    Sample {
        signature: "RSASSA-PSS with SHA-512",
        certificate: "\
            MIIBnzCB2gIBATA8BgkqhkiG9w0BAQowL6APMA0GCWCGSAFlAwQCAwUAoRwwGgYJKoZIhvcNAQEIMA0GCWCGSAFlAw\
            QCAwUAMAwxCjAIBgNVBAMMAWMwIBcNMjYxMTI0MTY1OTQyWhgPMjEyNjEwMzExNjU5NDJaMAwxCjAIBgNVBAMMAXgw\
            WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASfsAxEMVSX1zaweug7JYG0USvOXNq5+IL+ZoFMrcbAlOWvdrYbeSoch6\
            o3oEtNpi8MXSZNcGgSdfxEZAvPpcjwMDwGCSqGSIb3DQEBCjAvoA8wDQYJYIZIAWUDBAIDBQChHDAaBgkqhkiG9w0B\
            AQgwDQYJYIZIAWUDBAIDBQADgYEANMwv0VE1MdzaoWdBojQYkL8ooJEHmuoY6VLhKxbbUehX79xpLqtp3TvRpQvabK\
            XJZSlKa0s0Mnk5sFhtC6Viayp8Odf/2N8wiEhnDb5hhXpVpzc6RM5PN5fjxqA7Ki6Y8yNMRcD1qyABpi53QysQg25z\
            4ioIzQf4gnPzX6gPSk8=",
        hash: "\
            003f8d73de307f73f47f13c06f96cfc414bce724820384185b5b7865e2392eeb25310831cc53830b0ae331d0dc\
            64e645d109c085f06cc16f2c47282b6b7479f9",
    },
    Sample {
        signature: "Ed25519",
        certificate: "\
            MIHAMHQCAQEwBQYDK2VwMAwxCjAIBgNVBAMMAXgwIBcNMjYxMTI0MTY1OTQyWhgPMjEyNjEwMzExNjU5NDJaMAwxCj\
            AIBgNVBAMMAXgwKjAFBgMrZXADIQADM51QF6MDRuVyerwT7VKn4HQi2QRzq0hlAr54f/RZ1TAFBgMrZXADQQCNuSFy\
            r8sKuN4zLWbTLFYaMSPkomlHxS4XRLPSUtNzTJHdXmqXGEjRsiu3QUPNRukvLejVGA+D2l0fGXhiUFcF",
        hash: "\
            2186bb5f82387a68f21153dac7a1aba0be4e18bf77af5d8c4eaecff20a2175fb",
    },
];
