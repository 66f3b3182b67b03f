//! Private keys as PEM text: what stands in it, and its DER.
//!
//! Read more leniently than RFC 7468 asks: environment variables and `.env` files lose the line ends, or carry them as a
//! backslash and an `n`.

use zeroize::Zeroizing;

use super::KeyError;

/// How the DER of a private key is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// RFC 8017 appendix A.1.2: RSA and nothing around it.
    Pkcs1,
    /// RFC 5208: any algorithm, named inside.
    Pkcs8,
    /// RFC 5915: an elliptic curve's, and which one. "SEC 1" is where it comes from.
    Sec1,
}

/// Whether this is meant as PEM, well formed or not.
pub(super) fn is_pem(text: &str) -> bool {
    text.trim_start().starts_with(BEGIN)
}

/// The first private key in the text; without one, what else the text has.
pub(super) fn private_key(text: &str) -> Result<(Form, Zeroizing<Vec<u8>>), KeyError> {
    let mut rest = text;
    let mut refusal = KeyError::Malformed;
    while let Some(section) = next_section(&mut rest) {
        let (label, body) = section.ok_or(KeyError::Malformed)?;
        let form = match label {
            "PRIVATE KEY" => Form::Pkcs8,
            "EC PRIVATE KEY" | "RSA PRIVATE KEY" if body.contains("ENCRYPTED") => return Err(KeyError::Encrypted),
            "RSA PRIVATE KEY" => Form::Pkcs1,
            "ENCRYPTED PRIVATE KEY" => return Err(KeyError::Encrypted),
            "OPENSSH PRIVATE KEY" => return Err(KeyError::OpenSsh),
            "EC PRIVATE KEY" => Form::Sec1,
            "DSA PRIVATE KEY" => return Err(KeyError::Algorithm { found: "a DSA key" }),
            "PUBLIC KEY" | "RSA PUBLIC KEY" => {
                refusal = KeyError::PublicKey;
                continue;
            }
            // Parameters and certificates may stand in front of the key.
            _ => {
                refusal = KeyError::NoKey;
                continue;
            }
        };
        return decode_base64(body).map(|der| (form, der)).ok_or(KeyError::Malformed);
    }
    Err(refusal)
}

/// Label and body of the next section; `Some(None)` where one begins and does not end.
fn next_section<'a>(rest: &mut &'a str) -> Option<Option<(&'a str, &'a str)>> {
    let (_, after) = rest.split_once(BEGIN)?;
    *rest = "";
    let whole = || {
        let (label, after) = after.split_once(DASHES)?;
        let (body, after) = after.split_once(END)?;
        let after = after.strip_prefix(label)?.strip_prefix(DASHES)?;
        Some(((label, body), after))
    };
    let Some((section, after)) = whole() else { return Some(None) };
    *rest = after;
    Some(Some(section))
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// Standard base64 with padding (RFC 4648 section 4), whatever stands between the lines left out.
pub(super) fn decode_base64(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    // At its full size from the start: a vector that grows leaves parts of the key behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let (mut bits, mut held, mut padding) = (0_u32, 0_u32, 0_u32);
    let mut characters = text.bytes();
    while let Some(byte) = characters.next() {
        let value = match byte {
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            b'\\' => match characters.next() {
                Some(b'n' | b'r') => continue,
                _ => return None,
            },
            b'=' => {
                padding += 1;
                continue;
            }
            _ if padding > 0 => return None,
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held).to_le_bytes()[0]);
            bits &= (1 << held) - 1;
        }
    }
    // What is left over is the padding's: two characters leave 4 bits, three leave 2, and these are zero.
    let expected = match held {
        0 => 0,
        4 => 2,
        2 => 1,
        _ => return None,
    };
    (padding == expected && bits == 0).then_some(bytes)
}

/// The content of the DER element at the front of `input`, where it has this tag, and what follows it.
pub(super) fn element(input: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, input) = input.split_first()?;
    let (&first, input) = input.split_first()?;
    let (length, input) = match first {
        0..=0x7f => (usize::from(first), input),
        0x81 => (usize::from(*input.first()?), input.get(1..)?),
        0x82 => {
            let (length, input) = input.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*length)), input)
        }
        // No key has an element of 64 KiB.
        _ => return None,
    };
    if found == tag { input.split_at_checked(length) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_back_at_every_length_and_refused_where_it_is_none() {
        for len in 0..70_u8 {
            let bytes: Vec<u8> = (0..len).map(|at| at.wrapping_mul(37)).collect();
            let mut room = vec![0; 200];
            let mut room = crate::http::text::Room::new(&mut room);
            let text = std::str::from_utf8(room.put_base64(&bytes).written()).unwrap().to_owned();
            assert_eq!(**decode_base64(&text).unwrap(), *bytes);
            let folded: String = text.chars().flat_map(|c| [c, '\r', '\n']).collect();
            assert_eq!(**decode_base64(&folded).unwrap(), *bytes);
            if len > 0 {
                assert_eq!(decode_base64(&text[..text.len() - 1]), None);
                assert_eq!(decode_base64(&format!("{text}=")), None);
                assert_eq!(decode_base64(&format!("{text}A")), None);
            }
        }
        for text in ["A", "A===", "AB", "AB=", "AB==C", "AA-A", "\\x41", "A\\", "AB==", "AAB="] {
            assert_eq!(decode_base64(text), None, "{text}");
        }
    }

    #[test]
    fn a_cut_element_is_none() {
        let long = [&[0x30, 0x82, 0x01, 0x00][..], &[7; 256]].concat();
        assert_eq!(element(&long, 0x30).unwrap().0.len(), 256);
        for end in 0..long.len() {
            assert_eq!(element(&long[..end], 0x30), None);
        }
        assert_eq!(element(&long, 0x02), None);
        assert_eq!(element(&[0x30, 0x83, 0, 0, 1, 0], 0x30), None);
    }
}
