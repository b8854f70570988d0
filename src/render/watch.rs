//! The terminal while nothing asks for a line: what is typed is not seen, the escapes take effect, and the rest is kept for
//! the next question.
//!
//! There is one terminal, so there is one watch.

use super::typed_ahead::{AheadLine, Escaped, TypedAhead};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

static WATCH: Mutex<Option<Watch>> = Mutex::new(None);

struct Watch {
    typed: Arc<Mutex<TypedAhead>>,
    press: Arc<dyn Fn(Escaped) + Send + Sync>,
    /// While nothing asks.
    watcher: Option<system::Watcher>,
}

impl Watch {
    fn start(&mut self) {
        if self.watcher.is_none() {
            // Without it the terminal is as it always was.
            self.watcher = system::Watcher::start(self.typed.clone(), self.press.clone()).ok();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Watches the terminal from now on. `press` is called on a thread of its own.
pub fn begin(escape: char, press: impl Fn(Escaped) + Send + Sync + 'static) {
    let mut watch = lock(&WATCH);
    let typed = || Arc::new(Mutex::new(TypedAhead::new(escape)));
    watch.get_or_insert_with(|| Watch { typed: typed(), press: Arc::new(press), watcher: None }).start();
}

/// Leaves the terminal to others. What was typed is kept.
pub fn pause() {
    if let Some(watch) = lock(&WATCH).as_mut() {
        watch.watcher = None;
    }
}

/// Ends the watch; returns whether something was typed that nothing has read.
pub fn end() -> bool {
    let watch = lock(&WATCH).take();
    watch.is_some_and(|mut watch| {
        watch.watcher = None;
        lock(&watch.typed).any()
    })
}

/// Leaves the terminal to a question for a while.
pub fn aside<T>(ask: impl FnOnce() -> T) -> T {
    let mut watch = lock(&WATCH);
    let was_watched = watch.as_mut().is_some_and(|watch| watch.watcher.take().is_some());
    drop(watch);
    let answer = ask();
    if was_watched {
        lock(&WATCH).iter_mut().for_each(Watch::start);
    }
    answer
}

/// The next line that was typed ahead.
pub fn next_line() -> Option<AheadLine> {
    lock(&WATCH).as_ref().and_then(|watch| lock(&watch.typed).next_line())
}

#[cfg(not(unix))]
pub use system::is_possible;
#[cfg(unix)]
pub use system::{PAUSE, is_possible, nothing_came};

#[cfg(unix)]
mod system {
    use super::{Escaped, TypedAhead, lock};
    use crate::render::typed_ahead::Pressed;
    use rustix::io::ioctl_fionbio;
    use rustix::process::{Signal, getpgrp, kill_current_process_group};
    use rustix::termios::{
        LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
    };
    use std::fs::File;
    use std::io::{self, IsTerminal, Read, Write};
    use std::os::fd::AsFd;
    use std::os::unix::fs::FileTypeExt;
    use std::os::unix::net::UnixStream;
    use std::sync::{Arc, Mutex, Once};
    use std::thread::{self, JoinHandle};
    use std::time::Duration;
    use zeroize::Zeroizing;

    /// What is typed is seen no later than this. Not every system can wait for a terminal and for something else.
    pub const PAUSE: Duration = Duration::from_millis(20);

    /// Nothing has come in time, or the process was stopped meanwhile.
    pub fn nothing_came(error: &io::Error) -> bool {
        use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
        matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
    }

    /// Whether what is typed is for this program. A pager behind a pipe reads the terminal itself.
    pub fn is_possible() -> bool {
        let stdout = io::stdout().as_fd().try_clone_to_owned();
        let stdout = stdout.and_then(|stdout| File::from(stdout).metadata());
        let is_pipe = stdout.is_ok_and(|stdout| {
            let file_type = stdout.file_type();
            file_type.is_fifo() || file_type.is_socket()
        });
        io::stdin().is_terminal() && !is_pipe
    }

    /// What in place of a control character says that there is none (`_POSIX_VDISABLE`).
    const DISABLED: u8 = if cfg!(any(target_os = "linux", target_os = "android")) { 0 } else { 0xff };

    /// The mode in which the terminal is to be left.
    static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

    /// A thread that reads the terminal until this is dropped.
    pub struct Watcher {
        wake: UnixStream,
        thread: Option<JoinHandle<()>>,
    }

    impl Watcher {
        pub fn start(
            typed: Arc<Mutex<TypedAhead>>,
            press: Arc<dyn Fn(Escaped) + Send + Sync>,
        ) -> io::Result<Watcher> {
            restore_after_panics();
            let terminal = File::open("/dev/tty")?;
            ioctl_fionbio(&terminal, true)?;
            let (wake, woken) = UnixStream::pair()?;
            woken.set_read_timeout(Some(PAUSE))?;
            let watch = move || while watch(&terminal, &woken, &typed, &*press) {};
            let thread = Some(thread::Builder::new().spawn(watch)?);
            Ok(Watcher { wake, thread })
        }
    }

    impl Drop for Watcher {
        fn drop(&mut self) {
            let _ = self.wake.write_all(b"!");
            // A thread that has panicked has restored the terminal before.
            let _ = self.thread.take().map(JoinHandle::join);
        }
    }

    /// Takes in what is typed, in the terminal's mode for that; whether to go on after a stop.
    fn watch(
        terminal: &File,
        woken: &UnixStream,
        typed: &Mutex<TypedAhead>,
        press: &dyn Fn(Escaped),
    ) -> bool {
        let mode = Mode(terminal);
        let mut piece = Zeroizing::new([0; 1024]);
        loop {
            // A process in the background must not touch the terminal; it may come to the front again.
            let read = match mode.set() {
                true => (&*terminal).read(&mut *piece),
                false => Err(io::ErrorKind::WouldBlock.into()),
            };
            let pressed = match read {
                Ok(length @ 1..) => lock(typed).take(&piece[..length]),
                Err(error) if nothing_came(&error) => match (&*woken).read(&mut [0]) {
                    Err(error) if nothing_came(&error) => continue,
                    Ok(_) | Err(_) => return false,
                },
                // The terminal is gone.
                Ok(_) | Err(_) => return false,
            };
            for pressed in pressed {
                let signal = match pressed {
                    Pressed::Suspend => Signal::TSTP,
                    Pressed::Quit => Signal::QUIT,
                    Pressed::Escaped(escaped) => {
                        press(escaped);
                        continue;
                    }
                };
                // What the terminal would have done; but it must be left as it was.
                drop(mode);
                let _ = kill_current_process_group(signal);
                thread::sleep(PAUSE);
                return true;
            }
        }
    }

    /// The mode of the terminal in which keys are read one by one, until this is dropped.
    struct Mode<'a>(&'a File);

    impl Mode<'_> {
        fn is_foreground(&self) -> bool {
            tcgetpgrp(self.0).is_ok_and(|group| group == getpgrp())
        }

        /// Sets it where it is not set, which others may have changed while the process was stopped; whether it is.
        fn set(&self) -> bool {
            if !self.is_foreground() {
                return false;
            }
            let Ok(mut mode) = tcgetattr(self.0) else { return false };
            if !mode.local_modes.contains(LocalModes::ICANON) {
                return true;
            }
            *lock(&BEFORE) = Some(mode.clone());
            mode.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::IEXTEN);
            mode.special_codes[SpecialCodeIndex::VMIN] = 1;
            mode.special_codes[SpecialCodeIndex::VTIME] = 0;
            for key in [SpecialCodeIndex::VSUSP, SpecialCodeIndex::VQUIT] {
                mode.special_codes[key] = DISABLED;
            }
            tcsetattr(self.0, OptionalActions::Now, &mode).is_ok()
        }
    }

    impl Drop for Mode<'_> {
        fn drop(&mut self) {
            let before = lock(&BEFORE).take();
            if let Some(before) = before.filter(|_| self.is_foreground()) {
                let _ = tcsetattr(self.0, OptionalActions::Now, &before);
            }
        }
    }

    /// A panic may end the process without dropping anything.
    fn restore_after_panics() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let report = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                if let Ok(terminal) = File::open("/dev/tty") {
                    drop(Mode(&terminal));
                }
                report(panic);
            }));
        });
    }
}

#[cfg(not(unix))]
mod system {
    use super::{Escaped, TypedAhead};
    use std::io;
    use std::sync::{Arc, Mutex};

    /// Keys cannot be watched here.
    pub struct Watcher;

    pub fn is_possible() -> bool {
        false
    }

    impl Watcher {
        pub fn start(
            _: Arc<Mutex<TypedAhead>>,
            _: Arc<dyn Fn(Escaped) + Send + Sync>,
        ) -> io::Result<Watcher> {
            Err(io::ErrorKind::Unsupported.into())
        }
    }
}
