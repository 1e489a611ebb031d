import Glibc

/// `cost SCENE CHANNELS MESSAGES SOCKET`: takes that many messages in the way of the scene, and ends. `Tools/cost/run`
/// counts what that costs, once for a number of messages and once for twice as many, so that only messages make the
/// difference.
@main
struct Cost {
    // Not asynchronous: of such a program libdispatch ends the first thread, and callgrind does not survive that.
    static func main() {
        let words = CommandLine.arguments
        guard words.count == 5, let scene = Scene(rawValue: words[1]), let channels = Int(words[2]),
            let messages = Int(words[3])
        else {
            print("usage: cost SCENE CHANNELS MESSAGES SOCKET, where SCENE is one of:")
            for scene in Scene.allCases { print(scene.rawValue) }
            exit(64)
        }
        let setting = Setting(channels: channels, messages: messages, socket: words[4])
        Task.detached {
            do { try await scene.run(setting) } catch { Countdown.fail("\(error)") }
            Countdown.fail("the scene was over before its last message")
        }
        // A scene ends the process itself, with its last message.
        while true { pause() }
    }
}
