# A cable between an HTTP/1 client and one server: a process that passes on what
# comes, until it is told to cut, to hold a request back, or to answer something else.
package TlsGate::Cable;

use strict;
use warnings;

use IO::Handle;
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use POSIX ();
use Socket;
use TlsGate::Httpd;

my $JSON = JSON::PP->new->latin1->canonical;

# Leads to that port of this machine.
sub new {
    my ($class, $to) = @_;
    my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => TlsGate::Httpd::free_port(), Listen => 64, ReuseAddr => 1)
        or die "no port: $!";
    socketpair(my $ours, my $theirs, AF_UNIX, SOCK_STREAM, PF_UNSPEC) or die "socketpair: $!";
    my $pid = fork() // die "fork: $!";
    if (!$pid) {
        close $ours;
        $SIG{PIPE} = 'IGNORE';
        $SIG{INT} = 'DEFAULT';
        eval { _serve({ to => $to, listen => $listen, control => $theirs, mode => 'open', rules => [], seen => [], late => [], links => {} }) };
        print STDERR $@ if $@;
        POSIX::_exit(0);
    }
    $ours->autoflush(1);
    return bless { pid => $pid, port => $listen->sockport, control => $ours, owner => $$ }, $class;
}

sub port { $_[0]{port} }

sub _tell {
    my ($self, @command) = @_;
    my $s = $self->{control};
    print $s $JSON->encode(\@command), "\n";
    my $answer = readline($s) // die "the cable is gone\n";
    return @{ $JSON->decode($answer) };
}

# What happens to the next $times requests (default 1) that match $request, head and body:
#   before   the connection is closed instead of passing it on
#   after    it is passed on, and the connection is closed as soon as an answer comes
#   instead  it is passed on, and answered with that text as soon as an answer comes
#   swallow  it is passed on, and the answer never comes
#   hold     it is kept until release, and then passed on even if nobody waits for it any longer
#   answer   answered with that text, and closed
#   endless  answered with that text, then with the text `more` again and again
sub rule { my ($self, $request, $do, %o) = @_; $self->_tell('rule', { request => $request, do => $do, times => 1, %o }) }

# open: passes everything on. cut: closes every connection, also new ones. hang: keeps them
# open and passes nothing on.
sub mode { my ($self, $mode) = @_; $self->_tell('mode', $mode) }

sub release { my ($self) = @_; $self->_tell('release') }

# How many requests are held now.
sub held { my ($self) = @_; return ($self->_tell('held'))[0] }

# Removes all rules.
sub forget { my ($self) = @_; $self->_tell('forget') }

# The first lines of all requests so far, whatever happened to them.
sub requests { my ($self) = @_; return $self->_tell('requests') }

# The number of open connections, and of all connections so far.
sub connections { my ($self) = @_; return ($self->_tell('connections'))[0] }
sub accepted { my ($self) = @_; return ($self->_tell('connections'))[1] }

sub DESTROY {
    my ($self) = @_;
    return if $$ != $self->{owner};
    local ($?, $!, $@);
    kill KILL => $self->{pid};
    waitpid($self->{pid}, 0);
}

# --- in the process of the cable

sub _serve {
    my ($c) = @_;
    while (1) {
        my %links = map { fileno($_->{client}) => $_ } values %{ $c->{links} };
        my @sockets = $c->{mode} eq 'hang' ? () : map { $_->{swallow} || $_->{endless} ? $_->{server} || () : ($_->{client}, $_->{server} || ()) } values %links;
        my $endless = grep { $_->{endless} } values %links;
        for my $ready (IO::Select->new($c->{control}, $c->{listen}, @sockets)->can_read($endless ? 0.001 : undef)) {
            if ($ready == $c->{control}) { _obey($c) or return }
            elsif ($ready == $c->{listen}) { _accept($c) }
            else { _pass($c, $ready) }
        }
        $_->{endless} && _more($c, $_) for values %{ $c->{links} };
    }
}

sub _obey {
    my ($c) = @_;
    my $line = '';
    while ($line !~ /\n/) { sysread($c->{control}, $line, 4096, length $line) or return 0 }
    my @answer;
    for (split(/\n/, $line)) {
        my ($what, $value) = @{ $JSON->decode($_) };
        if ($what eq 'rule') { push @{ $c->{rules} }, $value }
        elsif ($what eq 'mode') { $c->{mode} = $value; if ($value eq 'cut') { _close($c, $_) for values %{ $c->{links} } } }
        elsif ($what eq 'release') { _release($c) }
        elsif ($what eq 'held') { @answer = @{ $c->{late} } + grep { defined $_->{held} } values %{ $c->{links} } }
        elsif ($what eq 'forget') { $c->{rules} = [] }
        elsif ($what eq 'requests') { @answer = @{ $c->{seen} } }
        elsif ($what eq 'connections') { @answer = (scalar keys %{ $c->{links} }, $c->{accepted} // 0) }
    }
    _send($c->{control}, $JSON->encode(\@answer) . "\n");
    return 1;
}

sub _accept {
    my ($c) = @_;
    my $client = $c->{listen}->accept or return;
    $c->{accepted}++;
    return close $client if $c->{mode} eq 'cut';
    my $server = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $c->{to}, Timeout => 2) or return close $client;
    $c->{links}{$client} = { client => $client, server => $server, text => '' };
}

sub _release {
    my ($c) = @_;
    for (splice(@{ $c->{late} })) {
        my $server = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $c->{to}, Timeout => 2) or next;
        _send($server, $_);
        IO::Select->new($server)->can_read(5); # its answer is discarded
    }
    for (values %{ $c->{links} }) {
        my $held = delete $_->{held};
        _send($_->{server}, $held) if defined $held;
    }
}

sub _close { my ($c, $link) = @_; push @{ $c->{late} }, $link->{held} if defined $link->{held}; delete $c->{links}{ $link->{client} }; close $_ for grep { $_ } @$link{qw(client server)} }

sub _send {
    my ($to, $text) = @_;
    while (length $text) {
        my $n = syswrite($to, $text) // return;
        substr($text, 0, $n) = '';
    }
}

sub _pass {
    my ($c, $from) = @_;
    my ($link) = grep { $_->{client} == $from || ($_->{server} || 0) == $from } values %{ $c->{links} } or return;
    sysread($from, my $text, 65536) or return _close($c, $link);
    if ($from == $link->{client}) {
        $link->{text} .= $text;
        while ($c->{links}{ $link->{client} } && (my $request = _request($link))) { _decide($c, $link, $request) }
        return;
    }
    return _close($c, $link) if $link->{after};
    if (defined $link->{instead}) { _send($link->{client}, $link->{instead}); return _close($c, $link) }
    _send($link->{client}, $text) unless $link->{swallow} || $link->{endless};
}

# The next whole request of a client.
sub _request {
    my ($link) = @_;
    my ($head) = $link->{text} =~ /\A(.*?\r\n\r\n)/s or return;
    my $rest = substr($link->{text}, length $head);
    my $length = $head =~ /^content-length:\s*(\d+)/mi ? $1 : 0;
    if ($head =~ /^transfer-encoding:\s*chunked/mi) { $rest =~ /\A(.*?(?:\A|\n)0\r\n\r\n)/s or return; $length = length $1 }
    return if length $rest < $length;
    my $request = substr($link->{text}, 0, length($head) + $length, '');
    return $request;
}

sub _decide {
    my ($c, $link, $request) = @_;
    my ($first) = $request =~ /\A([^\r]*)/;
    push @{ $c->{seen} }, $first;
    my ($rule) = grep { $_->{times} > 0 && $request =~ /$_->{request}/ } @{ $c->{rules} };
    my $do = $rule ? $rule->{do} : 'pass';
    $rule->{times}-- if $rule;
    return _close($c, $link) if $do eq 'before';
    if ($do eq 'hold') { $link->{held} = $request; return }
    if ($do eq 'answer') { _send($link->{client}, $rule->{text}); return _close($c, $link) }
    if ($do eq 'endless') { $link->{client}->blocking(0); @$link{qw(endless)} = ($rule->{more}); _send($link->{client}, $rule->{text}); return }
    $link->{instead} = $rule->{text} if $do eq 'instead';
    $link->{$do} = 1 if $do eq 'after' || $do eq 'swallow';
    _send($link->{server}, $request);
}

sub _more {
    my ($c, $link) = @_;
    my $n = syswrite($link->{client}, $link->{endless} x 64);
    _close($c, $link) if !defined $n && !$!{EAGAIN};
}

1;
