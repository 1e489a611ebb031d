/// Receives the events of a stream that were collected elsewhere. Called on the loop, in order; it must not block.
package protocol SegmentSink<Control>: AnyObject, SendableMetatype {
    /// The events that are not messages.
    associatedtype Control: MailboxControl

    /// Takes what is in `segment`, in order, and leaves `segment` empty.
    func take(_ segment: inout Segment<Control>)

    /// Called when the events of one turn are complete. `isDrained` says that the socket had no more.
    func turnEnded(isDrained: Bool)

    /// Ends the stream, with the error if there is one.
    func ended(_ error: RedisError?)

    /// Called when the server refuses a subscription for now and it is retried. By default nothing happens.
    func refusedForNow(_ error: RedisError)

    /// Why no more events can be taken; `nil` while they can. The default is `nil`.
    var failure: RedisError? { get }
}

extension SegmentSink {
    package var failure: RedisError? { nil }
    package func refusedForNow(_ error: RedisError) {}
}
