// Compute programs for the cost of the checks, in Rust: each takes a size and gives a checksum.
use std::collections::HashMap;

#[no_mangle]
pub extern "C" fn sieve(n: u32) -> u32 {
    let mut composite = vec![false; n as usize + 1];
    let mut count = 0;
    for i in 2..=n as usize {
        if !composite[i] {
            count += 1;
            let mut k = i * i;
            while k <= n as usize {
                composite[k] = true;
                k += i;
            }
        }
    }
    count
}

#[no_mangle]
pub extern "C" fn words(n: u32) -> u32 {
    let mut counts: HashMap<String, u32> = HashMap::new();
    let mut seed = 1u32;
    for _ in 0..n {
        seed = seed.wrapping_mul(1664525).wrapping_add(1013904223);
        *counts.entry(format!("w{}", seed >> 22)).or_insert(0) += 1;
    }
    let mut all: Vec<_> = counts.into_iter().collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    all.iter().take(10).map(|(word, count)| word.len() as u32 * count).sum()
}

enum Tree {
    Leaf,
    Node(Box<Tree>, i64, Box<Tree>),
}

fn insert(tree: Tree, value: i64) -> Tree {
    match tree {
        Tree::Leaf => Tree::Node(Box::new(Tree::Leaf), value, Box::new(Tree::Leaf)),
        Tree::Node(left, own, right) if value < own => Tree::Node(Box::new(insert(*left, value)), own, right),
        Tree::Node(left, own, right) => Tree::Node(left, own, Box::new(insert(*right, value))),
    }
}

fn sum(tree: &Tree, depth: i64) -> i64 {
    match tree {
        Tree::Leaf => 0,
        Tree::Node(left, own, right) => sum(left, depth + 1) + own % 1000 * depth + sum(right, depth + 1),
    }
}

#[no_mangle]
pub extern "C" fn trees(n: u32) -> u32 {
    let mut tree = Tree::Leaf;
    let mut seed = 5i64;
    for _ in 0..n {
        seed = (seed * 1103515245 + 12345) & 0x7fffffff;
        tree = insert(tree, seed);
    }
    sum(&tree, 1) as u32
}

#[no_mangle]
pub extern "C" fn floats(n: u32) -> u32 {
    let mut bodies = [[0.0f64, 0.0, 0.3, 0.5], [1.0, 0.5, -0.2, 0.1], [-1.0, 2.0, 0.0, -0.4], [3.0, -1.0, 0.1, 0.0]];
    for _ in 0..n {
        for i in 0..4 {
            for j in 0..4 {
                if i != j {
                    let (dx, dy) = (bodies[j][0] - bodies[i][0], bodies[j][1] - bodies[i][1]);
                    let d = (dx * dx + dy * dy + 0.01).sqrt();
                    bodies[i][2] += dx / (d * d * d) * 0.001;
                    bodies[i][3] += dy / (d * d * d) * 0.001;
                }
            }
        }
        for body in bodies.iter_mut() {
            body[0] += body[2] * 0.001;
            body[1] += body[3] * 0.001;
        }
    }
    (bodies[0][0] * 1e6) as i64 as u32
}
