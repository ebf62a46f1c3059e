untrusted comment: signature from minisign secret key
RURDXhbKh+fr860dOOvK0REvkftn8ag/2q+MwZx8jxEt/sq5HumBqXzE8qB47bHrYoEdyqqZm2jGF6T70R/7IiMjl1/yPPWSwwo=
trusted comment: stream:plant-a	seq:42
14thVPF7leBIi9VABQZqN3zhmPn1Fa92pcK/mzwgZ6gDIVM5cZAmo/7AQsqek6eJ9tAm9spFwq0RneC5ULoQAA==
