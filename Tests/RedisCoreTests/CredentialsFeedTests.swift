import RedisCore
import RedisReactor
import TestSupport
import Testing

@Suite("A feed of credentials", .tags(.unit))
struct CredentialsFeedTests {
    private func credentials(_ number: Int) -> RedisCredentials { RedisCredentials(password: "\(number)") }

    @Test("lets a listener send, and tells all listeners everything in one order", .timeLimit(.minutes(1)))
    func sendingListener() {
        let feed = RedisCredentialsFeed(credentials(0))
        let heard = Locked<[[String]]>([[], []])
        let sender = RedisCredentialsListener { [weak feed] new in
            heard.withLock { $0[0].append(new.password) }
            if new.password == "1" { feed?.send(RedisCredentials(password: "2")) }
        }
        let other = RedisCredentialsListener { new in heard.withLock { $0[1].append(new.password) } }
        let subscriptions = [feed.subscribe(sender), feed.subscribe(other)]
        feed.send(credentials(1))
        feed.send(credentials(3))
        #expect(heard.withLock { $0 } == [["1", "2", "3"], ["1", "2", "3"]])
        #expect(feed.credentials() == credentials(3))
        for subscription in subscriptions { subscription.cancel() }
    }

    @Test("tells many senders' credentials to all listeners in one order", .timeLimit(.minutes(1)))
    func manySenders() throws {
        let feed = RedisCredentialsFeed(credentials(0))
        let heard = Locked<[[String]]>([[], []])
        let subscriptions = (0..<2).map { index in
            feed.subscribe(RedisCredentialsListener { new in heard.withLock { $0[index].append(new.password) } })
        }
        let threads = try (0..<4).map { thread in
            try PlainThread.start(name: "sender") {
                for number in 0..<100 { feed.send(RedisCredentials(password: "\(thread):\(number)")) }
            }
        }
        for thread in threads { #expect(thread.join(until: .now.advanced(by: .seconds(30)))) }
        let lists = heard.withLock { $0 }
        #expect(lists[0].count == 400)
        #expect(lists[0] == lists[1])
        #expect(lists[0].last == feed.credentials().password)
        for subscription in subscriptions { subscription.cancel() }
    }
}
