//! Work done later: exactly when its fact stands, by one worker at a time, again after a failure, and never for ever.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ironmonger::{
    base::{Error, Result},
    jobs::{self, Job, Registry, Worker},
};
use serde::{Deserialize, Serialize};
use tokio::{sync::watch, task::JoinSet};

use crate::harness::Shop;

/// What jobs did: how often each ran, and whether one ever ran twice at the same time.
#[derive(Clone, Default)]
struct Diary {
    runs: Arc<Mutex<HashMap<i32, u32>>>,
    running: Arc<Mutex<Vec<i32>>>,
    met: Arc<AtomicBool>,
    mended: Arc<AtomicBool>,
}

impl Diary {
    fn runs_of(&self, id: i32) -> u32 {
        self.runs.lock().unwrap().get(&id).copied().unwrap_or(0)
    }
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum End {
    Well,
    Failing,
    Panicking,
    Slow,
    /// Longer than a worker waits before it says that it still works.
    Long,
}

impl End {
    fn time(self) -> Duration {
        Duration::from_millis(match self {
            Self::Slow => 400,
            Self::Long => 7_000,
            _ => 3,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct Errand {
    id: i32,
    end: End,
}

impl Job for Errand {
    const KIND: &'static str = "errand";
    type Services = Diary;

    async fn run(self, diary: Diary) -> Result<()> {
        let others = diary.running.lock().unwrap().clone();
        diary.met.fetch_or(others.contains(&self.id), Ordering::SeqCst);
        diary.running.lock().unwrap().push(self.id);
        *diary.runs.lock().unwrap().entry(self.id).or_default() += 1;
        tokio::time::sleep(self.end.time()).await;
        diary.running.lock().unwrap().retain(|id| *id != self.id);
        match self.end {
            _ if diary.mended.load(Ordering::SeqCst) => Ok(()),
            End::Well | End::Slow | End::Long => Ok(()),
            End::Failing => Err(Error::internal("the letter box is jammed")),
            End::Panicking => panic!("the errand boy fell"),
        }
    }
}

fn worker(shop: &Shop, diary: &Diary) -> Worker {
    Worker::new(shop.db.clone(), Registry::default().with::<Errand>(diary.clone()))
}

fn drain(shop: &Shop, diary: &Diary) -> usize {
    shop.block_on(worker(shop, diary).drain()).unwrap()
}

fn enqueue(shop: &Shop, id: i32, end: End) {
    shop.write(move |conn| jobs::enqueue(conn, &Errand { id, end }));
}

#[test]
fn a_job_exists_exactly_when_its_fact_does() {
    let shop = Shop::open();
    let failed = shop.block_on(shop.db.write(|conn| {
        jobs::enqueue(conn, &Errand { id: 1, end: End::Well })?;
        Err::<(), _>(Error::Conflict("second thoughts".into()))
    }));
    assert!(failed.is_err());
    assert_eq!(shop.count("SELECT count(*) FROM jobs"), 0);
    enqueue(&shop, 2, End::Well);
    let diary = Diary::default();
    assert_eq!(drain(&shop, &diary), 1);
    assert_eq!((diary.runs_of(1), diary.runs_of(2)), (0, 1));
    assert_eq!(shop.count("SELECT count(*) FROM jobs"), 0, "done is gone");
}

#[test]
fn several_workers_share_the_jobs_and_each_runs_once() {
    let shop = Shop::open();
    let diary = Diary::default();
    (0..60).for_each(|id| enqueue(&shop, id, End::Well));
    let ran: usize = shop.block_on(async {
        let mut workers = JoinSet::new();
        for _ in 0..6 {
            let worker = worker(&shop, &diary);
            workers.spawn(async move { worker.drain().await.unwrap() });
        }
        workers.join_all().await.into_iter().sum()
    });
    assert_eq!(ran, 60);
    assert!((0..60).all(|id| diary.runs_of(id) == 1));
    assert!(!diary.met.load(Ordering::SeqCst));
}

#[test]
fn a_job_that_fails_is_tried_again_later_and_holds_no_other_up() {
    for end in [End::Failing, End::Panicking] {
        let shop = Shop::open();
        let diary = Diary::default();
        enqueue(&shop, 1, end);
        enqueue(&shop, 2, End::Well);
        assert_eq!(drain(&shop, &diary), 2);
        assert_eq!(diary.runs_of(2), 1);
        assert_eq!(shop.count("SELECT count(*) FROM jobs WHERE run_at > now() AND attempts = 1 AND last_error <> ''"), 1);
        assert_eq!(drain(&shop, &diary), 0, "it waits");
        shop.jobs_become_due();
        diary.mended.store(true, Ordering::SeqCst);
        assert_eq!(drain(&shop, &diary), 1);
        assert_eq!(shop.count("SELECT count(*) FROM jobs"), 0);
    }
}

#[test]
fn a_job_that_fails_twelve_times_is_put_aside_where_staff_see_it_and_can_try_it_again() {
    let shop = Shop::open();
    let diary = Diary::default();
    enqueue(&shop, 1, End::Failing);
    for _ in 0..15 {
        drain(&shop, &diary);
        shop.jobs_become_due();
    }
    assert_eq!(diary.runs_of(1), 12);
    let mut owner = shop.owner();
    owner.visits("/admin/jobs").must_say("errand").must_say("12");
    owner.page().must_say("the letter box is jammed");

    diary.mended.store(true, Ordering::SeqCst);
    owner.browser.submit("Try again", &[]).must_say("will be tried again").must_say("Nothing has been given up");
    assert_eq!(drain(&shop, &diary), 1);
    assert_eq!(diary.runs_of(1), 13);
    assert_eq!(shop.count("SELECT count(*) FROM jobs"), 0);
}

#[test]
fn a_dead_worker_s_job_is_taken_over_once_its_lease_ends() {
    let shop = Shop::open();
    let diary = Diary::default();
    enqueue(&shop, 1, End::Well);
    shop.meddle("UPDATE jobs SET leased_until = now() + interval '1 minute', attempts = 1");
    assert_eq!(drain(&shop, &diary), 0, "somebody may still be at it");
    shop.meddle("UPDATE jobs SET leased_until = now() - interval '1 second'");
    assert_eq!(drain(&shop, &diary), 1);
}

#[test]
fn a_long_job_s_worker_keeps_it_and_no_other_takes_it_over() {
    let shop = Shop::open();
    let diary = Diary::default();
    enqueue(&shop, 1, End::Long);
    let (first, second) = (worker(&shop, &diary), worker(&shop, &diary));
    let ran = shop.block_on(async {
        let at_it = tokio::spawn(async move { first.drain().await.unwrap() });
        tokio::time::sleep(Duration::from_millis(500)).await;
        shop.db
            .write(|conn| {
                Ok(diesel::RunQueryDsl::execute(diesel::sql_query("UPDATE jobs SET leased_until = now() + interval '5.5 s'"), conn)?)
            })
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_millis(6_000)).await;
        (second.drain().await.unwrap(), at_it.await.unwrap())
    });
    assert_eq!(ran, (0, 1));
    assert_eq!(diary.runs_of(1), 1);
}

#[test]
fn a_job_that_kills_every_worker_is_put_aside_too() {
    let shop = Shop::open();
    let diary = Diary::default();
    enqueue(&shop, 1, End::Well);
    // Twelve workers died over it: each took it, none came back.
    shop.meddle("UPDATE jobs SET leased_until = now() - interval '1 second', attempts = 12");
    drain(&shop, &diary);
    assert_eq!(diary.runs_of(1), 0, "it is not let near a thirteenth");
    assert_eq!(shop.count("SELECT count(*) FROM jobs WHERE parked_at IS NOT NULL"), 1);
}

#[test]
fn a_worker_that_is_told_to_stop_finishes_what_it_has_in_hand() {
    let shop = Shop::open();
    let diary = Diary::default();
    enqueue(&shop, 1, End::Slow);
    let running = worker(&shop, &diary);
    shop.block_on(async {
        let (stop, stopped) = watch::channel(false);
        let ended = tokio::spawn(running.run(2, stopped));
        while diary.runs_of(1) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stop.send(true).unwrap();
        tokio::time::timeout(Duration::from_secs(5), ended).await.unwrap().unwrap();
    });
    assert_eq!(shop.count("SELECT count(*) FROM jobs"), 0);
}

#[test]
fn a_job_of_a_kind_that_nobody_knows_waits_for_a_program_that_does() {
    let shop = Shop::open();
    shop.meddle("INSERT INTO jobs (kind, payload) VALUES ('from_the_future', '{}')");
    assert_eq!(shop.works(), 1);
    assert_eq!(shop.count("SELECT count(*) FROM jobs WHERE run_at > now() AND last_error LIKE '%from_the_future%'"), 1);
}
