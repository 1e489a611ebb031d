import RedisPOSIX

/// Passes events to commands.
final class JobWriter: OutputWriter {
    /// A batch is passed on when it has this many bytes.
    private static let fullBatch = 1 << 20
    /// What comes within this time goes to one command.
    private static let batchTime = Duration.seconds(1)

    private let pool: JobPool
    private var batch: [UInt8] = []
    private(set) var deadline: ContinuousClock.Instant?

    init(_ pool: JobPool) { self.pool = pool }

    var watchedDescriptor: Int32 { -1 }

    func begin() -> OutputFailure? { nil }

    func write(_ chunk: borrowing [UInt8]) -> OutputFailure? {
        switch pool.settings.unit {
        case .event:
            for record in JobRecord.all(in: chunk) { pool.run(record) }
        case .batch:
            if batch.isEmpty {
                batch = pool.settings.header
                deadline = .now.advanced(by: Self.batchTime)
            }
            batch += copy chunk
            if batch.count >= Self.fullBatch || deadline.map({ $0 <= .now }) ?? true { passBatch() }
        }
        return nil
    }

    func deadlinePassed() -> OutputFailure? {
        passBatch()
        return nil
    }

    func reopen() -> OutputFailure? { nil }

    func finish() -> OutputFailure? {
        passBatch()
        pool.finish()
        return nil
    }

    private func passBatch() {
        deadline = nil
        guard !batch.isEmpty else { return }
        let lines = batch.count { $0 == UInt8(ascii: "\n") }
        pool.run(JobRecord(variables: [], input: exchange(&batch, with: [])), events: max(lines, 1))
    }
}
