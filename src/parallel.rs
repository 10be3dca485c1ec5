//! One function over many items, on all cores, with the results in the order of the items.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// So few items are done before a thread would have started.
const TOO_FEW: usize = 16;

/// Threads at most: what is done here waits for memory sooner than for more cores.
const MOST_THREADS: usize = 8;

/// What a thread may use that walks trees as deep as input makes them. It is address space, not memory, until it is used.
const LARGE_STACK: usize = 64 * 1024 * 1024;

/// Threads that are of use on this machine.
pub(crate) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS)
}

/// `work` done to each of `items`. A panic of `work` continues in the caller.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = threads();
    if threads == 1 || items.len() < TOO_FEW {
        return items.iter().map(work).collect();
    }
    // Items differ in size: each thread takes the next one when it is done with its own.
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::with_capacity(items.len() / threads + 1);
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { break done };
            done.push((at, work(item)));
        }
    };
    let mut all: Vec<(usize, R)> = std::thread::scope(|scope| {
        // Where the system gives no more threads, those that there are do the work.
        let others: Vec<_> = (1..threads).map_while(|_| large().spawn_scoped(scope, worker).ok()).collect();
        let mut all = worker();
        for other in others {
            all.extend(joined(other));
        }
        all
    });
    all.sort_unstable_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, result)| result).collect()
}

/// Two pieces of work, the second on a thread of its own. A panic of either continues in the caller.
pub(crate) fn both<A, B: Send>(here: impl FnOnce() -> A, beside: impl FnOnce() -> B + Send) -> (A, B) {
    let waiting = Mutex::new(Some(beside));
    let run = || waiting.lock().unwrap_or_else(PoisonError::into_inner).take().map(|work| work());
    let (first, second) = std::thread::scope(|scope| match large().spawn_scoped(scope, run) {
        Ok(other) => (here(), joined(other)),
        // The system gives no more threads.
        Err(_) => (here(), run()),
    });
    let Some(second) = second else { unreachable!("the work is taken once, by the thread or by the caller") };
    (first, second)
}

/// Work that walks trees as deep as input makes them.
pub(crate) fn on_large_stack<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    both(|| (), work).1
}

fn large() -> std::thread::Builder {
    std::thread::Builder::new().stack_size(LARGE_STACK)
}

fn joined<R>(thread: std::thread::ScopedJoinHandle<'_, R>) -> R {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        for count in [0, 1, TOO_FEW - 1, TOO_FEW, 1000] {
            let items: Vec<usize> = (0..count).collect();
            assert_eq!(map(&items, |number| number * 2), items.iter().map(|number| number * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    #[should_panic(expected = "the last one")]
    fn a_panic_is_not_lost() {
        let items: Vec<usize> = (0..100).collect();
        map(&items, |number| assert!(*number < 99, "the last one"));
    }
}
