// The foreground process: start, wait for a signal, stop cleanly.

import Dispatch
import Glibc
import LiveProtocol
import Logging
import Support

/// The Mothership as a process.
public enum MothershipDaemon {
    /// Runs until SIGTERM or SIGINT, then stops cleanly.
    ///
    /// - Parameter onReady: called once, when peers and commands are answered.
    public static func run(
        home: MothershipHome, configuration: MothershipConfiguration, logger: Logger,
        version: String = Release.version, clock: any Clock = SystemClock(),
        onReady: @Sendable (LocalMothership.Status) -> Void
    ) async throws {
        // Before the start, so that a signal during the start is not lost.
        let signals = AwaitedSignal()
        let instance = try await MothershipInstance.start(
            home: home, configuration: configuration, logger: logger, version: version,
            clock: clock)
        onReady(await instance.status())
        let keeper = Task { await keep(instance, logger) }
        defer { keeper.cancel() }
        let signal = await signals.next()
        logger.info("stopping", metadata: ["signal": "\(signal)"])
        try await instance.stop()
    }

    /// Looks after the files by which others find this process, until it ends.
    private static func keep(_ instance: MothershipInstance, _ logger: Logger) async {
        var told = ""
        while !Task.isCancelled {
            do { try await Task.sleep(for: RunFiles.period) } catch { return }  // it stopped
            do {
                for path in try instance.tend() {
                    logger.warning("was gone and is put back", metadata: ["path": "\(path)"])
                }
                told = ""
            } catch {
                // What stands in the way stays there, for whoever put it there to see.
                if told != "\(error)" { logger.error("cannot be found any more: \(error)") }
                told = "\(error)"
            }
        }
    }
}

/// SIGTERM and SIGINT as a value to wait for.
private struct AwaitedSignal {
    private let stream: AsyncStream<Int32>
    private let sources: [any DispatchSourceSignal]

    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        self.stream = stream
        sources = [SIGTERM, SIGINT].map { number in
            onSignal(number) { continuation.yield(number) }
        }
    }

    /// The first signal that came.
    func next() async -> Int32 {
        defer { for source in sources { source.cancel() } }
        for await number in stream { return number }
        return SIGTERM
    }
}
