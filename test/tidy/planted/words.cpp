// planted as src/reduce/example.cpp
// next line: banned_words
class RoundManager;
// next line: banned_words
void handle(EventHandler event);
// next line: banned_words
int file_helper(int number);
// next line: banned_words
int epoch_count = 0;
// next line: banned_words
int master = 0;
// next line: banned_words
int msg = 0;
// next line: banned_words
struct StringUtil {};
enum class Role { trainer, helper, observer };
auto since = now.time_since_epoch();
std::set_new_handler(nothing);
const char* text = "a manager of nodes";  // and a worker
