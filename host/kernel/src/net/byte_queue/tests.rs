#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;

#[test]
fn a_lone_buffer_passes_without_being_copied() {
    let mut queue = ByteQueue::default();
    let data = Bytes::from(vec![7; 100]);
    queue.push(data.clone());
    assert_eq!(queue.pop(1000).as_ptr(), data.as_ptr());
}

#[test]
fn single_bytes_do_not_cost_an_allocation_each() {
    let mut queue = ByteQueue::default();
    for _ in 0..100_000 {
        queue.push(Bytes::from_static(b"x"));
    }
    assert!(queue.chunks.len() < 30);
    assert_eq!(queue.pop(usize::MAX).len(), GATHER);
}

proptest! {
    #[test]
    fn what_goes_in_comes_out_in_order(operations in prop::collection::vec((any::<bool>(), 0usize..20_000), 0..60)) {
        let mut queue = ByteQueue::default();
        let mut model = VecDeque::<u8>::new();
        let mut count = 0u32;
        for (push, size) in operations {
            if push {
                let data: Vec<u8> = (0..size).map(|_| { count += 1; count.to_le_bytes()[0] }).collect();
                model.extend(&data);
                queue.push(data.into());
            } else {
                let got = queue.pop(size);
                prop_assert_eq!(got.is_empty(), size == 0 || model.is_empty());
                prop_assert!(got.len() <= size);
                let expected: Vec<u8> = model.drain(..got.len()).collect();
                prop_assert_eq!(&got[..], &expected[..]);
            }
            prop_assert_eq!(queue.len(), model.len());
        }
    }
}
