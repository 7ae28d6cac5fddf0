// Signals as events, for processes that end in order.

import Dispatch
import Glibc

/// Calls `handler` at every signal of this number, in place of what the signal does by itself.
///
/// - Parameter queue: where it is called; nil is a queue of the system's choice.
/// - Returns: the source, which listens as long as it is kept.
public func onSignal(
    _ number: Int32, on queue: DispatchQueue? = nil, _ handler: @escaping @Sendable () -> Void
) -> any DispatchSourceSignal {
    // The default action would end the process before the source is asked.
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
    source.setEventHandler(handler: handler)
    source.resume()
    return source
}
