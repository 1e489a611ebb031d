// What the Glibc module of Swift leaves out: eventfd, timerfd, malloc_trim, prctl, pipe2, renameat2, leases, the widths of
// characters, handlers of signals.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <features.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

// Functions for what takes a variable number of arguments, which Swift cannot call.
static inline int redis_events_is_dumpable(void) { return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0); }

static inline int redis_events_set_dumpable(int value) { return prctl(PR_SET_DUMPABLE, value, 0, 0, 0); }

static inline int redis_events_name_thread(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

// A pipe, both ends close-on-exec.
static inline int redis_events_pipe(int *ends) { return (int)syscall(SYS_pipe2, ends, O_CLOEXEC); }

// Renames and fails with EEXIST where the new path is taken. The 1 is RENAME_NOREPLACE, which only <linux/fs.h> has for all.
static inline int redis_events_rename_new(const char *path, const char *new_path) {
    return (int)syscall(SYS_renameat2, AT_FDCWD, path, AT_FDCWD, new_path, 1u);
}

// Swift's Glibc has it as a variable, which could change at any time.
extern char **environ;
static inline char **redis_events_environment(void) { return environ; }

// The columns of the terminal behind a descriptor; 0 when there is none, or when it does not tell.
static inline int redis_events_terminal_columns(int descriptor) {
  struct winsize size;
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

// The columns of a terminal in the upper half, and the rows in the lower; 0 when there is none.
static inline unsigned int redis_events_terminal_size(int descriptor) {
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) return 0;
  return ((unsigned int)size.ws_col << 16) | size.ws_row;
}

// wchar.h declares it for the X/Open standard alone.
extern int wcwidth(wchar_t character);

// The columns of characters that follow each other, by the system's tables; -1 for one that does not show. wcwidth knows
// what is not ASCII in a locale of UTF-8 alone, and every glibc since 2.35 has C.UTF-8. It becomes the locale of this
// thread for as long as this takes, so that nothing else changes. Returns 0, or -1 when there is no such locale.
static inline int redis_events_column_widths(unsigned int first, int count, signed char *widths) {
  locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  if (locale == (locale_t)0) return -1;
  locale_t former = uselocale(locale);
  for (int index = 0; index < count; index++) widths[index] = (signed char)wcwidth((wchar_t)(first + index));
  uselocale(former);
  freelocale(locale);
  return 0;
}

// The system gives no lease of a file for reading while somebody has it open for writing. Whoever opens it for writing in
// the moment that the lease lasts waits for its end, and this process gets a signal, which is one that does nothing.
static inline int redis_events_is_open_for_writing(int descriptor) {
    enum { set_signal = 10, set_lease = 1024 };
    fcntl(descriptor, set_signal, SIGURG);
    if (fcntl(descriptor, set_lease, F_RDLCK) != 0) return errno == EAGAIN;
    fcntl(descriptor, set_lease, F_UNLCK);
    return 0;
}

// A terminal that is set back when the process ends by a signal that nobody handles otherwise. The handler calls nothing but what POSIX lets a
// handler of signals call. The functions below are called from one file alone, so there is one of this state.
struct redis_events_guarded_terminal {
  volatile sig_atomic_t descriptor;
  struct termios settings;
  unsigned long count;
  char leave[128];
};

// Within a function, because the importer of Swift leaves out variables of a header.
static inline struct redis_events_guarded_terminal *redis_events_guarded_terminal(void) {
  static struct redis_events_guarded_terminal terminal = {-1};
  return &terminal;
}

static inline void redis_events_terminal_failed(int number) {
  struct redis_events_guarded_terminal *terminal = redis_events_guarded_terminal();
  int descriptor = (int)terminal->descriptor;
  if (descriptor >= 0) {
    terminal->descriptor = -1;
    // What becomes of it nobody could be told.
    if (write(1, terminal->leave, terminal->count) < 0) {}
    tcsetattr(descriptor, TCSANOW, &terminal->settings);
  }
  // The default action was set when the handler was called (SA_RESETHAND).
  raise(number);
}

static inline void redis_events_guard_terminal(
    int descriptor, const struct termios *settings, const void *leave, unsigned long count) {
  // Of its own mistakes, and what the rest of the world sends. Whatever is ignored, or is handled already, stays so.
  static const int failures[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV};
  static const int others[] = {SIGSYS, SIGALRM, SIGVTALRM, SIGPROF, SIGUSR2, SIGXCPU, SIGIO, SIGPWR, SIGSTKFLT};
  struct redis_events_guarded_terminal *terminal = redis_events_guarded_terminal();
  struct sigaction action;
  terminal->settings = *settings;
  terminal->count = count < sizeof terminal->leave ? count : sizeof terminal->leave;
  memcpy(terminal->leave, leave, terminal->count);
  terminal->descriptor = descriptor;
  memset(&action, 0, sizeof action);
  action.sa_handler = redis_events_terminal_failed;
  action.sa_flags = SA_RESETHAND | SA_NODEFER;
  for (unsigned long index = 0; index < sizeof failures / sizeof *failures; index++)
    sigaction(failures[index], &action, NULL);
  for (unsigned long index = 0; index < sizeof others / sizeof *others; index++) {
    struct sigaction former;
    if (sigaction(others[index], NULL, &former) == 0 && former.sa_handler == SIG_DFL) sigaction(others[index], &action, NULL);
  }
}

static inline void redis_events_release_terminal(void) { redis_events_guarded_terminal()->descriptor = -1; }
