// What the Glibc module of Swift leaves out: eventfd, timerfd, malloc_trim, prctl, pipe2, renameat2, leases, the widths of
// characters.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <features.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
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
