/// What a mailbox does when more waits than its limit allows. Which of these a stream may choose is for the public types
/// to say: `PubSub.OverflowPolicy`, `PubSub.Subscription.OverflowPolicy`, `Monitor.OverflowPolicy`.
package enum OverflowRule: Sendable, Hashable {
    case dropOldest
    case dropNewest
    case latestPerChannel
    case pauseReading
    case fail
}
