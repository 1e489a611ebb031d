/// What `INFO stats` tells of the whole server that helps to explain a link's end.
package struct ServerStats: Sendable, Hashable {
    /// Clients that were cut because their output buffer was over its limit; servers before 7.4 do not tell.
    package var outputBufferCuts: Int?
    /// Bytes that clients have sent.
    package var inputBytes: Int?

    /// What a count may be: differences and sums of such can be reckoned with.
    static let counts = 0...1 << 56

    package init(outputBufferCuts: Int? = nil, inputBytes: Int? = nil) {
        self.outputBufferCuts = outputBufferCuts
        self.inputBytes = inputBytes
    }

    init(info: String) {
        func number(_ name: String) -> Int? {
            info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("\(name):") }
                .flatMap { Int($0.dropFirst(name.utf8.count + 1)) }.flatMap { Self.counts ~= $0 ? $0 : nil }
        }
        outputBufferCuts = number("client_output_buffer_limit_disconnections")
        inputBytes = number("total_net_input_bytes")
    }
}
