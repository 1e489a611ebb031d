/// Where the events of a stream go that was collected elsewhere. Called on the loop, in order; it must not block.
package protocol SegmentSink<Control>: AnyObject, SendableMetatype {
    /// The events that are no records.
    associatedtype Control: MailboxControl

    /// Takes over what is in `segment`, in order, and leaves it empty.
    func take(_ segment: inout Segment<Control>)

    /// The events of one turn are complete; `isDrained` tells that the socket had no more.
    func turnEnded(isDrained: Bool)

    /// No event will come any more; with the error that ended the stream, if it was one.
    func ended(_ error: RedisError?)

    /// The server does not take what is subscribed to now, and is asked again. By default nobody needs to know.
    func isRefused(for now: RedisError)

    /// Why no more can be taken, when that is so. By default never.
    var failure: RedisError? { get }
}

extension SegmentSink {
    package var failure: RedisError? { nil }
    package func isRefused(for now: RedisError) {}
}
