import RedisEvents
import RedisRESP

/// Lines that wait, in their order. The first of them waits for an answer, and no line may pass another.
struct HeldLines {
    struct Line {
        let bytes: [UInt8]
        let node: NodeNumber
        /// When it goes on at the latest.
        let deadline: ContinuousClock.Instant
        /// The number of the question to its server whose answer it waits for; `nil` when it only waits for others.
        let question: Int?
    }

    /// What a line costs beside its bytes.
    private static let overhead = 64

    private let limit: Int
    private var lines: [Line] = []
    /// The lines in front that have gone on.
    private var head = 0
    private var size = 0

    init(limit: Int) { self.limit = limit }

    var isEmpty: Bool { head == lines.count }

    var first: Line? { isEmpty ? nil : lines[head] }

    /// Whether no more may wait.
    var isFull: Bool { size >= limit }

    mutating func append(_ line: Line) {
        lines.append(line)
        size += line.bytes.count + Self.overhead
    }

    mutating func removeFirst() {
        size -= lines[head].bytes.count + Self.overhead
        head += 1
        guard head == lines.count || head > 1024 && head * 2 > lines.count else { return }
        lines.removeFirst(head)
        head = 0
    }
}
