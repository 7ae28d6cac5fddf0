// A library to preload that moves the wall clock of one process and leaves its monotonic clock
// alone, as a wrong clock of a machine does. Made with the C compiler of the machine.

import Drills
import Foundation
import Support

/// Moves the wall clock of processes that are started with its variables.
public struct ClockShim: Sendable {
    private let library: String
    private static let compiler = "/usr/bin/cc"

    /// Why it cannot be had here; nil when it can.
    public static var obstacle: String? {
        FileAccess.exists(compiler) ? nil : "\(compiler) is not installed"
    }

    private static let source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <stdlib.h>
        #include <sys/time.h>
        #include <time.h>

        static long ahead(void) {
          const char *text = getenv("TORTURE_CLOCK_AHEAD");
          return text ? atol(text) : 0;
        }
        int clock_gettime(clockid_t clock, struct timespec *time) {
          static int (*real)(clockid_t, struct timespec *);
          if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
          int code = real(clock, time);
          if (!code && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
            time->tv_sec += ahead();
          return code;
        }
        int gettimeofday(struct timeval *time, void *zone) {
          struct timespec now;
          int code = clock_gettime(CLOCK_REALTIME, &now);
          time->tv_sec = now.tv_sec;
          time->tv_usec = now.tv_nsec / 1000;
          return code;
        }
        time_t time(time_t *place) {
          struct timespec now;
          clock_gettime(CLOCK_REALTIME, &now);
          if (place) *place = now.tv_sec;
          return now.tv_sec;
        }

        """

    /// Builds the library in a folder.
    public init(in folder: String) throws {
        let file = folder + "/clockshim.c"
        library = folder + "/clockshim.so"
        try FileAccess.replace(file, with: Array(Self.source.utf8))
        let compiling = Tool(
            Self.compiler, environment: ProcessInfo.processInfo.environment, folder: folder)
        try compiling.require(["-shared", "-fPIC", "-O1", "-o", library, file, "-ldl"])
    }

    /// The variables that set a process's clock ahead, or back when negative.
    public func variables(ahead seconds: Int64) -> [String: String] {
        ["LD_PRELOAD": library, "TORTURE_CLOCK_AHEAD": "\(seconds)"]
    }
}
