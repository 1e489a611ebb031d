import RedisCore
import RedisEvents
import RedisRESP
import RedisReactor
import TestSupport
import Testing

/// Names of 4 GiB, which no queue can point to. Limits of frames can be set so high that the parser lets them pass.
@Suite("A message with a name of 4 GiB", .tags(.unit), .timeLimit(.minutes(1)))
struct LongNameTests {
    @Test("ends the link before a byte of the name is looked at", arguments: ["message", "smessage", "pmessage"])
    func longChannel(_ kind: String) {
        #expect(received(kind, lengths: kind == "pmessage" ? [2, 1 << 32] : [1 << 32]) == .frameTooLarge)
    }

    @Test("ends the link as well if the name is a pattern")
    func longPattern() {
        #expect(received("pmessage", lengths: [1 << 32, 2]) == .frameTooLarge)
    }

    @Test("ends nothing if the name is shorter")
    func shortNames() {
        #expect(received("pmessage", lengths: [2, 2]) == nil)
    }

    /// The error of a link that reads a message with names of these lengths. Only the first bytes of the frame are in
    /// memory.
    private func received(_ kind: String, lengths: [Int]) -> RedisError.Code? {
        let bytes = Array("\(kind)nameschannel".utf8)
        var nodes = [
            Node(kind: .push, start: 0, length: lengths.count + 2),
            Node(kind: .bulkString, start: 0, length: kind.utf8.count),
        ]
        var start = kind.utf8.count
        for length in lengths {
            nodes.append(Node(kind: .bulkString, start: start, length: length))
            start += length
        }
        nodes.append(Node(kind: .bulkString, start: start, length: 1))
        let box = Mailbox<PubSubControl>(limit: RedisBufferLimit(), rule: .pauseReading)
        let driver = PubSubDriver(into: PipelineSink(lends: true, box))
        var output = WriteBuffer()
        do {
            try driver.received(Frame(bytes: bytes.span.rawBytes, nodes: nodes.span), output: &output)
            return nil
        } catch { return error.code }
    }
}
