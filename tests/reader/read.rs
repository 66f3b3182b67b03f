//! A reply through the reader, in pieces.

use orderwire::http::response::{HttpError, Progress, RESPONSE_BYTES_DEFAULT, ResponseReader};

use super::cases::{Case, Outcome};

/// Feeds the pieces one after another and closes behind them. Bytes behind a whole reply stay unread.
pub fn read<'a>(case: &Case, pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    read_into(&mut ResponseReader::new(RESPONSE_BYTES_DEFAULT), case, pieces)
}

/// The same, with a reader that may have read other replies before.
pub fn read_into<'a>(reader: &mut ResponseReader, case: &Case, pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    reader.start(case.head_request).unwrap();
    let mut delimited = true;
    let mut progress = Ok(Progress::NeedMore);
    for mut piece in pieces {
        while !piece.is_empty() && progress == Ok(Progress::NeedMore) {
            let spare = reader.spare();
            assert!(!spare.is_empty(), "no room for a reply that is not whole");
            let (now, later) = piece.split_at(piece.len().min(spare.len()));
            spare[..now.len()].copy_from_slice(now);
            progress = reader.advance(now.len());
            piece = later;
        }
    }
    if progress == Ok(Progress::NeedMore) {
        delimited = false;
        progress = reader.eof(case.ending);
    }
    match progress {
        Ok(Progress::Complete) => {
            assert!(reader.is_clean());
            let response = reader.response().expect("a whole reply");
            Outcome::Reply {
                status: response.status(),
                body: response.body().to_vec(),
                keep_alive: reader.keep_alive(),
                delimited,
            }
        }
        Ok(Progress::NeedMore) => panic!("more is needed behind the end"),
        Err(error) => {
            assert!(!reader.is_clean() && !reader.keep_alive() && reader.response().is_none());
            assert_eq!(reader.start(false), Err(HttpError::NotClean));
            assert_eq!(reader.advance(0), Err(HttpError::NotClean));
            reader.reset();
            assert_eq!(reader.start(false), Ok(()));
            Outcome::Error(error)
        }
    }
}

/// The same reply in other pieces. Only bytes behind it may go unnoticed, when they come later.
pub fn assert_same(whole: &Outcome, pieces: &Outcome) {
    match (whole, pieces) {
        (Outcome::Error(HttpError::Stray { status: first, .. }), Outcome::Reply { status, delimited: true, .. })
        | (Outcome::Error(HttpError::Stray { status: first, .. }), Outcome::Error(HttpError::Stray { status, .. })) => {
            assert_eq!(first, status);
        }
        _ => assert_eq!(whole, pieces),
    }
}
