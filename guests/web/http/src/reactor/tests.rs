use super::*;

#[test]
fn timers_fire_in_the_order_of_their_deadlines() {
    let order = run(async {
        let order = Rc::new(RefCell::new(Vec::new()));
        for milliseconds in [15, 5, 10] {
            let order = Rc::clone(&order);
            spawn(async move {
                sleep(Duration::from_millis(milliseconds)).await;
                order.borrow_mut().push(milliseconds);
            });
        }
        sleep(Duration::from_millis(30)).await;
        order.take()
    });
    assert_eq!(order, [5, 10, 15]);
}

#[test]
fn a_timeout_gives_up_on_what_never_ends() {
    let (late, early) = run(async {
        let late = timeout(Duration::from_millis(1), std::future::pending::<()>()).await;
        (late, timeout(Duration::from_secs(60), async { 7 }).await)
    });
    assert_eq!((late, early), (None, Some(7)));
    WAITING.with_borrow(|w| assert!(w.timers.is_empty() && w.sources.is_empty(), "nothing is left behind"));
}

#[test]
fn a_bell_wakes_all_and_late_comers_do_not_wait() {
    let woken = run(async {
        let bell = Bell::default();
        let woken = Rc::new(Cell::new(0));
        for _ in 0..3 {
            let (bell, woken) = (bell.clone(), Rc::clone(&woken));
            spawn(async move {
                bell.rung().await;
                woken.set(woken.get() + 1);
            });
        }
        yield_now().await;
        bell.ring();
        yield_now().await;
        bell.rung().await;
        woken.get()
    });
    assert_eq!(woken, 3);
}
