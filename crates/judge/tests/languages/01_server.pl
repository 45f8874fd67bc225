# Lesson 01's server in Perl.
use strict;
use warnings;
use Encode qw(decode encode FB_DEFAULT);
use IO::Socket::INET;
binmode STDOUT, ":encoding(UTF-8)";
$SIG{PIPE} = "IGNORE";
my ($host, $port) = @ARGV;
my $listener = IO::Socket::INET->new(
    LocalAddr => $host, LocalPort => $port, Proto => "tcp",
    Listen => 5, ReuseAddr => 1) or fail("listening on $host:$port: $@");
my $stream = $listener->accept or fail("accepting: $!");
local $SIG{ALRM} = sub { fail("nothing within 5 s") };
alarm 5;
my $bytes;
my $received = sysread($stream, $bytes, 1024);
fail("waiting for the message: $!") unless defined $received;
fail("it closed before sending anything") if $received == 0;
alarm 0;
my $text = decode("UTF-8", $bytes, FB_DEFAULT);
$text =~ s/([\x00-\x1f\x7f-\x9f\x{61c}\x{200e}\x{200f}\x{2028}-\x{202e}\x{2066}-\x{2069}])/sprintf "\\u{%x}", ord $1/ge;
print "$text\n";
syswrite($stream, "海贼王") or fail("answering: $!");

sub fail {
    print STDERR "error: $_[0]\n";
    exit 1;
}
