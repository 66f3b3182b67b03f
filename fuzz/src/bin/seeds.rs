//! Writes the seed corpora: `cargo run --bin seeds -- DIR` makes `DIR/record_open` and `DIR/post_handshake`.

use std::fs;
use std::path::Path;

use orderwire::internals::{ALERT, CHANGE_CIPHER_SPEC, DATA, HANDSHAKE, key_update, new_session_ticket};
use orderwire_fuzz::records::Op;

fn main() {
    let dir = std::env::args().nth(1).unwrap_or_else(|| "corpus".to_owned());
    write(&Path::new(&dir).join("record_open"), &records());
    write(&Path::new(&dir).join("post_handshake"), &messages());
}

fn write(dir: &Path, seeds: &[Vec<u8>]) {
    fs::create_dir_all(dir).expect("a directory can be made");
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(dir.join(format!("seed-{number:03}")), seed).expect("a file can be written");
    }
    println!("{}: {} seeds", dir.display(), seeds.len());
}

fn records() -> Vec<Vec<u8>> {
    let scripts: Vec<Vec<Op>> = vec![
        vec![],
        vec![Op::Reply, Op::Data(200, 0), Op::Data(1, 30)],
        vec![Op::Ticket(184, 200), Op::Ticket(184, 1), Op::Release, Op::Reply, Op::Data(9, 0), Op::Ticket(40, 7)],
        vec![
            Op::KeyUpdate(1, 5),
            Op::Reply,
            Op::Data(20, 0),
            Op::KeyUpdate(0, 1),
            Op::Data(20, 0),
            Op::KeyUpdate(1, 2),
        ],
        vec![Op::KeyUpdate(1, 5), Op::Release, Op::KeyUpdate(1, 5), Op::Reply, Op::Data(3, 3)],
        vec![Op::Record(DATA, vec![], 5), Op::Reply, Op::Record(DATA, vec![], 0), Op::Data(1, 0)],
        vec![Op::Reply, Op::Record(ALERT, vec![1, 90], 0), Op::Data(5, 0), Op::Record(ALERT, vec![2, 40], 0)],
        vec![Op::Record(ALERT, vec![1, 0], 0)],
        vec![Op::Data(5, 0)],
        vec![Op::Reply, Op::Record(HANDSHAKE, new_session_ticket(9)[..6].to_vec(), 0), Op::Data(1, 0)],
        vec![
            Op::Reply,
            Op::Record(HANDSHAKE, [new_session_ticket(9), key_update(1).to_vec()].concat(), 0),
            Op::Data(1, 0),
        ],
        vec![Op::Reply, Op::Record(HANDSHAKE, vec![13, 0, 0, 1, 0], 0)],
        vec![Op::Reply, Op::Record(CHANGE_CIPHER_SPEC, vec![1], 0)],
        vec![Op::Reply, Op::Seal([DATA, 3, 3], vec![0; 9])],
        vec![Op::Reply, Op::Seal([DATA, 3, 4], vec![1, DATA])],
        vec![Op::Reply, Op::Raw(vec![CHANGE_CIPHER_SPEC, 3, 3, 0, 1, 1]), Op::Data(1, 0)],
        vec![Op::Reply, Op::Raw(vec![DATA, 3, 3, 0, 17])],
        [vec![Op::Reply], vec![Op::Data(255, 255); 60]].concat(),
        [vec![Op::Reply], vec![Op::KeyUpdate(1, 5); 34]].concat(),
        [vec![Op::Reply], vec![Op::Record(DATA, vec![], 0); 34]].concat(),
    ];
    let mut seeds = Vec::new();
    for (number, script) in (0..).zip(scripts) {
        for at_once in [0, 1, 60] {
            let mut seed = vec![number, at_once];
            script.iter().for_each(|op| op.write(&mut seed));
            seeds.push(seed);
        }
    }
    seeds
}

/// Parts of up to 255 bytes, each behind its length; 1 takes the tickets.
fn messages() -> Vec<Vec<u8>> {
    let parts = |message: &[u8], part: usize| -> Vec<u8> {
        // A part of one byte cannot be said: 1 has a meaning.
        message
            .chunks(part)
            .filter(|part| part.len() > 1)
            .flat_map(|part| [&[u8::try_from(part.len()).expect("a short part")], part].concat())
            .collect()
    };
    let (ticket, update) = (new_session_ticket(184), key_update(1));
    vec![
        parts(&ticket, 255),
        [parts(&ticket, 2), vec![1], parts(&ticket, 50)].concat(),
        parts(&update, 255),
        [parts(&[&ticket[..], &update].concat(), 255), parts(&update, 3)].concat(),
        parts(&[&update[..], &ticket].concat(), 255),
        [parts(&[4, 0, 9, 0], 4), vec![0; 4], vec![1, 0]].concat(),
        [parts(&[4, 0, 0x0a, 0xbc], 4), vec![0; 4], parts(&ticket, 200)].concat(),
        parts(&[13, 0, 0, 0], 4),
        parts(&[update; 40].concat(), 5),
    ]
}
