/// What a server has said of itself at one time.
package struct ServerSample: Sendable, Equatable {
    /// A channel, and how many clients have subscribed to it.
    package struct Channel: Sendable, Equatable {
        package var name: [UInt8]
        package var subscribers: Int
        package var isSharded: Bool

        package init(name: [UInt8], subscribers: Int, isSharded: Bool = false) {
            self.name = name
            self.subscribers = subscribers
            self.isSharded = isSharded
        }
    }

    /// In microseconds since the epoch.
    package var time: Int64
    package var info: InfoReply
    /// `nil` when they were not asked for, or the server refuses to tell.
    package var clients: ClientRows?
    package var channels: [Channel]?
    /// How many channels the server has told of, and how many patterns; the channels beyond a limit are not among
    /// `channels`.
    package var channelCount: Int?
    package var patterns: Int?
    package var hotKeys: HotKeys?
    /// How long the answers to all questions took, and how many questions there were.
    package var answerTime: Duration
    package var questions: Int

    package init(at time: Int64, _ info: InfoReply, answerTime: Duration = .zero, questions: Int = 1) {
        self.time = time
        self.info = info
        self.answerTime = answerTime
        self.questions = questions
    }
}
