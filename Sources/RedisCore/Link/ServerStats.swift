/// What `INFO stats` tells of the whole server that helps to explain a link's end.
package struct ServerStats: Sendable, Hashable {
    /// Clients that were cut because their output buffer was over its limit; servers before 7.4 do not tell.
    package var outputBufferCuts: Int?
    /// Bytes that clients have sent.
    package var inputBytes: Int?

    /// The fields that are read.
    static let fields: Set<RedisBytes> = ["client_output_buffer_limit_disconnections", "total_net_input_bytes"]

    package init(outputBufferCuts: Int? = nil, inputBytes: Int? = nil) {
        self.outputBufferCuts = outputBufferCuts
        self.inputBytes = inputBytes
    }

    package init(info: RedisBytes) { self.init(OutsideFields(info, Self.fields)) }

    init(_ fields: OutsideFields) {
        outputBufferCuts = fields["client_output_buffer_limit_disconnections"]?.decimal(Int.self)?.asCount
        inputBytes = fields["total_net_input_bytes"]?.decimal(Int.self)?.asCount
    }
}
