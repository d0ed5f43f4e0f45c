//! Iterates over every route of an uncompressed MRT file with bgpkit-parser, to be timed.
use bgpkit_parser::BgpkitParser;
use std::{fs::File, io::BufReader};

fn main() {
    let path = std::env::args().nth(1).expect("use: bgpkit-bench FILE");
    let file = File::open(path).expect("open");
    let mut routes = 0u64;
    let mut hops = 0usize;
    for route in BgpkitParser::from_reader(BufReader::with_capacity(1 << 20, file)).into_route_iter() {
        routes += 1;
        hops = hops.wrapping_add(usize::from(route.as_path.is_some()));
    }
    println!("{{\"mode\":\"bgpkit\",\"routes\":{routes},\"with_path\":{hops}}}");
}
