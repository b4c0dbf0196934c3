/*
 * An LD_PRELOAD object that brings PYCA into Python processes and leaves every other process as it is.
 *
 * The basename of /proc/self/exe decides: a script is its interpreter, a venv's link is the Python behind it.
 *
 *   python  python3  python3.N (t: free-threaded, d: debug)   PYCA_PYTHONPATH goes in front of PYTHONPATH
 *   uwsgi  uwsgi-*                                            the same, and PYCA_PYTHONPATH is taken out
 *   any other; deleted; no /proc; started through ld.so       nothing
 *
 *   PYCA_PYTHONPATH              PYTHONPATH                   PYTHONPATH becomes
 *   unset, empty, relative, a:b  any                          as it was
 *   /pyca                        unset, or empty              /pyca (no colon: an empty entry is the working directory)
 *   /pyca                        has the entry /pyca          as it was
 *   /pyca                        a:b                          /pyca:a:b
 *   /pyca                        too long for /pyca and it    as it was: no child could be started with it
 *
 * It depends on nothing: no libc is linked (glibc and musl alike), nothing is printed, nothing can fail. Only the
 * process's own libc may change its environment, since others hold copies of the pointer: getenv and setenv are weak,
 * and a program without them is left alone. The name is looked at first, as programs such as bash bring a getenv of
 * their own. Where a process gains privileges, ld.so itself ignores LD_PRELOAD.
 */

#include <stdbool.h>
#include <stddef.h>

__attribute__((weak)) char *getenv(const char *name);
__attribute__((weak)) int setenv(const char *name, const char *value, int overwrite);
__attribute__((weak)) int unsetenv(const char *name);

/* The kernel's interface, so that the compiler is all that a build needs. */
enum { PROT_READ = 1, PROT_WRITE = 2, MAP_PRIVATE = 2, MAP_ANONYMOUS = 32, PATH_MAX = 4096 };
#if defined(__x86_64__)
enum { SYS_MMAP = 9, SYS_MUNMAP = 11, SYS_READLINK = 89 };
#elif defined(__aarch64__)
enum { SYS_MMAP = 222, SYS_MUNMAP = 215, SYS_READLINKAT = 78, AT_FDCWD = -100 };
#else
#error "amd64 and arm64 only"
#endif

/* The longest "NAME=value" with its NUL that execve takes where a page is 4 KB. */
enum { LONGEST_VARIABLE = 32 * 4096 };

static long system_call(long number, long a, long b, long c, long d, long e, long f)
{
#if defined(__x86_64__)
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
#else
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
#endif
}

/* What each libc itself calls on that architecture: a seccomp profile recorded from the application knows it. */
static long read_link(const char *path, char *into, size_t size)
{
#if defined(__x86_64__)
    return system_call(SYS_READLINK, (long)path, (long)into, (long)size, 0, 0, 0);
#else
    return system_call(SYS_READLINKAT, AT_FDCWD, (long)path, (long)into, (long)size, 0, 0);
#endif
}

static char *allocate(size_t size)
{
    long address = system_call(SYS_MMAP, 0, (long)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return address < 0 ? NULL : (char *)address;
}

static void release(char *memory, size_t size)
{
    system_call(SYS_MUNMAP, (long)memory, (long)size, 0, 0, 0, 0);
}

static size_t length_to(char end, const char *text)
{
    size_t n = 0;
    while (text[n] && text[n] != end)
        n++;
    return n;
}

static size_t length(const char *text)
{
    return length_to('\0', text);
}

static char *append(char *to, const char *text)
{
    while (*text)
        *to++ = *text++;
    *to = '\0';
    return to;
}

/* What follows the prefix in text, or NULL where text does not start with it. */
static const char *after(const char *prefix, const char *text)
{
    while (*prefix)
        if (*prefix++ != *text++)
            return NULL;
    return text;
}

/* python, python3, python3.N, with the letters of a free-threaded or a debug build. */
static bool is_python(const char *name)
{
    const char *rest = after("python", name);
    if (!rest || !*rest)
        return rest != NULL;
    rest = after("3", rest);
    if (!rest || !*rest)
        return rest != NULL;
    rest = after(".", rest);
    if (!rest || *rest < '0' || *rest > '9')
        return false;
    while (*rest >= '0' && *rest <= '9')
        rest++;
    while (*rest == 't' || *rest == 'd')
        rest++;
    return !*rest;
}

static bool is_uwsgi(const char *name)
{
    const char *rest = after("uwsgi", name);
    return rest && (!*rest || *rest == '-');
}

static bool has_entry(const char *list, const char *entry)
{
    for (;; list++) {
        const char *rest = after(entry, list);
        if (rest && (!*rest || *rest == ':'))
            return true;
        list += length_to(':', list);
        if (!*list)
            return false;
    }
}

/* Makes entry the first of a list variable that lacks it; true where the variable is changed. */
static bool prepend(const char *variable, const char *entry)
{
    const char *list = getenv(variable);
    if (list && !*list)
        list = NULL;
    if (list && has_entry(list, entry))
        return false;

    size_t size = length(entry) + (list ? 1 + length(list) : 0) + 1;
    if (length(variable) + 1 + size > LONGEST_VARIABLE)
        return false;
    char *value = allocate(size);
    if (!value)
        return false;
    char *end = append(value, entry);
    if (list)
        append(append(end, ":"), list);
    bool changed = setenv(variable, value, 1) == 0;
    release(value, size);
    return changed;
}

static bool prepend_folder(const char *variable, const char *source)
{
    const char *folder = getenv(source);
    if (!folder || *folder != '/' || folder[length_to(':', folder)])
        return false;
    return prepend(variable, folder);
}

__attribute__((constructor)) static void enter(void)
{
    char path[PATH_MAX];
    long read = read_link("/proc/self/exe", path, sizeof path);
    if (read <= 0 || read >= (long)sizeof path || !getenv || !setenv || !unsetenv)
        return;
    path[read] = '\0';
    const char *name = path;
    for (const char *at = path; *at; at++)
        if (*at == '/')
            name = at + 1;

    if (is_python(name)) {
        prepend_folder("PYTHONPATH", "PYCA_PYTHONPATH");
    } else if (is_uwsgi(name)) {
        /* uWSGI's --auto-procname overwrites as many bytes after argv[0] as all its variables are long together, and
           2.0.28 was seen to end in SIGSEGV where they had grown. What is taken out is longer than what came in. */
        if (prepend_folder("PYTHONPATH", "PYCA_PYTHONPATH"))
            unsetenv("PYCA_PYTHONPATH");
    }
}
