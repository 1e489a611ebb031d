// What a burst took goes back to the system: once nothing has waited for a while, so that one burst after the other does not have
// to ask for it page by page again.
extension Mailbox {
    /// A burst is when more bytes than this have waited.
    static var burst: Int { 16 << 20 }
    private static var memoryTrimDelay: Duration { .seconds(1) }

    /// When memory is to be given back, if some is.
    var memoryIsDue: ContinuousClock.Instant? {
        state.withLock { $0.burstEndedAt?.instant.advanced(by: Self.memoryTrimDelay) }
    }

    /// Gives memory back, unless somebody else has, or another burst has begun. It may take milliseconds.
    func returnMemory() {
        let isDue = state.withLock { state in
            state.burstEndedAt.take() != nil && state.backlog.isEmpty
        }
        if isDue { ThisProcess.returnFreeMemory() }
    }
}
