// Keeps the log short: the whole state is written as a checkpoint, and the segments before it
// retire. Starting the agent, and every look at the log from outside, then cost what the state
// holds and not what ever happened.

import WriteAheadLog

extension PeerAgent {
    /// Segments that are worth a checkpoint: fewer hold little more than a checkpoint would.
    static let segmentsMax = 4

    /// Writes a checkpoint when enough segments have gathered since the last one.
    ///
    /// Not while anything is being applied, and not while a conflict is open: the common base that
    /// `conflicts show` prints may stand in an older segment alone. Nor of a log that was not read
    /// whole: the damage would retire with its segment, and nobody would hear of what went with it.
    func compactLog() async {
        let segments = log.status.segments
        guard segments >= max(Self.segmentsMax, 2 * compactedSegments), writeProblem == nil,
            !lostRecords, work.isEmpty, core.state.applying == nil,
            !core.state.conflicts.contains(where: \.isBlocking)
        else { return }
        do throws(LogFailure) {
            // In a segment of its own, so that all before it can go.
            try await log.seal()
            await feed([.writeCheckpoint])
            guard writeProblem == nil else { return }
            let retired = try await log.retire(below: log.status.durableLSN)
            parts.logger.info(
                "checkpoint",
                metadata: ["segments_before": "\(segments)", "retired": "\(retired)"])
        } catch {
            // The log is as sound as it was, only longer; the next try waits for it to double.
            parts.logger.error("the log cannot be shortened: \(error)")
        }
        compactedSegments = log.status.segments
    }
}
