/// How much has come over a connection, and when: for the heartbeat, and to explain the end of the connection. A plain
/// value.
package struct ConnectionActivity {
    /// This many bytes of one frame count as progress.
    private static let leastProgress = 4096

    /// When bytes came last.
    package private(set) var lastReceived: Moment
    /// Whether any bytes came.
    package private(set) var hasReceived = false
    /// How many bytes came without a pause until now.
    package private(set) var backlog = 0
    private var isDrained = true
    /// When a whole frame came last, or enough of one.
    private var lastProgress: ContinuousClock.Instant
    /// How many bytes of the current frame have come since then.
    private var bytesOfFrame = 0
    /// When reading was last resumed after a pause.
    private var resumedAt: ContinuousClock.Instant

    package init(openedAt moment: Moment) {
        lastReceived = moment
        lastProgress = moment.monotonic
        resumedAt = moment.monotonic
    }

    /// A read has brought `count` bytes. `isDrained` says that the socket had no more.
    package mutating func received(_ count: Int, isDrained: Bool, at moment: Moment) {
        backlog = self.isDrained ? count : backlog + count
        self.isDrained = isDrained
        lastReceived = moment
        hasReceived = true
    }

    /// Notes that the `count` bytes of the last read were parsed.
    ///
    /// A whole frame shows that the server is alive, and so does a frame that grows. A frame that comes byte by byte
    /// shows nothing: otherwise it would hide for ever that PING is not answered, because the reply comes behind the
    /// frame.
    package mutating func parsed(_ count: Int, frameEnded: Bool) {
        bytesOfFrame = frameEnded ? Self.leastProgress : bytesOfFrame + count
        guard bytesOfFrame >= Self.leastProgress else { return }
        bytesOfFrame = 0
        lastProgress = lastReceived.monotonic
    }

    /// Notes that reading goes on after a pause. Silence during the pause does not count.
    package mutating func resumed(at instant: ContinuousClock.Instant) { resumedAt = instant }

    /// Since when the server may have been dead.
    package var silentSince: ContinuousClock.Instant { max(lastProgress, resumedAt) }
}
